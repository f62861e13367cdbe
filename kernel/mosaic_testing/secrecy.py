"""Looks for credentials in what people, logs and callers get to see."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mosaic_hookspecs import MosaicError

__all__ = ["secrets_told"]

_SHORTEST = 8
"""Shorter ones are found in any text by chance."""


def secrets_told(error: MosaicError, log: str, secret: str) -> Sequence[str]:
    """Return where a secret can be read: fields of the error, what led to it, and the log."""
    if len(secret) < _SHORTEST:
        return []
    needles = {secret, secret[: max(_SHORTEST, len(secret) // 2)], secret[-max(_SHORTEST, len(secret) // 2) :]}
    needles |= {repr(needle)[1:-1] for needle in needles}
    found = []
    for place, text in (*_texts(error), ("the log", log)):
        if any(needle in text for needle in needles):
            found.append(place)
    return list(dict.fromkeys(found))


def _texts(error: BaseException) -> Iterator[tuple[str, str]]:
    if isinstance(error, MosaicError):
        for field in ("code", "what", "where", "expected", "got", "hint"):
            yield f"its {field!r}", str(getattr(error, field) or "")
    for note in getattr(error, "__notes__", ()):
        yield "a note", note
    seen: set[int] = set()
    cause = _led_to(error)
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield f"the {type(cause).__name__} that led to it", f"{cause} {cause.args}"
        cause = _led_to(cause)


def _led_to(error: BaseException) -> BaseException | None:
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)
