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


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the hint that names the known word most like `word`, or ""."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"Did you mean {near[0]!r}?" if near else ""


def place_of(error: BaseException) -> str:
    """Return where an error was raised, as " at file:line", or "" if that is not known."""
    if isinstance(error, SyntaxError) and error.filename:
        return f" at {error.filename}:{error.lineno or 0}:{error.offset or 0}"
    frames = traceback.extract_tb(error.__traceback__)
    return f" at {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
