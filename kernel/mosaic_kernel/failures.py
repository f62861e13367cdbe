"""Several mistakes in one input, raised together."""

from __future__ import annotations

import difflib
import traceback
from collections.abc import Iterable, Sequence

from mosaic_hookspecs.errors import InputError


class InputErrors(InputError):
    """All the mistakes of one input: the fields are those of the first, `others` holds every one."""

    def __init__(self, errors: Sequence[InputError]) -> None:
        first = errors[0]
        super().__init__(
            first.code, first.what, where=first.where, expected=first.expected, got=first.got, hint=first.hint
        )
        self.others = tuple(errors)

    def __str__(self) -> str:
        return "\n".join(str(error) for error in self.others)

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.others,))


def cause_of(error: BaseException) -> BaseException:
    """Return what is in a group of one, however deep; any other error as it is."""
    while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def contained(error: BaseException) -> Exception | None:
    """Return what a plugin raised as an error that goes no further than its boundary; None for what does:
    cancellation, and interrupts. That a plugin asks the whole program to end is an error, too, also in a group.
    """
    if isinstance(error, Exception):
        return error
    cause = cause_of(error)
    if isinstance(cause, SystemExit):
        return RuntimeError(f"SystemExit: {cause.code}")
    if isinstance(error, BaseExceptionGroup):
        ends, others = error.split(SystemExit)
        if ends is not None and (others is None or isinstance(others, Exception)):
            return RuntimeError(f"SystemExit, in a group: {error}")
    return None


def nearest(word: str, known: Iterable[str], likeness: float = 0.6) -> str:
    """Return the hint that names the known word most like `word`, or "" if none is as like as that."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=likeness)
    return f"Did you mean {near[0]!r}?" if near else ""


def place_of(error: BaseException) -> str:
    """Return where an error was raised, as " at file:line", or "" if that is not known."""
    elsewhere = getattr(error, "mosaic_place", None)
    if isinstance(elsewhere, str):
        return f" at {elsewhere}" if elsewhere else ""  # raised in another process; here it was only passed on
    if isinstance(error, SyntaxError) and error.filename:
        return f" at {error.filename}:{error.lineno or 0}:{error.offset or 0}"
    frames = traceback.extract_tb(error.__traceback__)
    return f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
