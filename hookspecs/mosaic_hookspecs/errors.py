"""The one root error and its few kinds.

Owns how a failure is described: what went wrong, where, what was expected, what was found, and what to
do. Refuses to print anything: a transport renders these fields for its own reader.
"""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Location:
    """A place in a text: `path` as the user wrote it, 1-based `line` and `column` (0: unknown)."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = [self.path]
        if self.line:
            parts.append(str(self.line))
            if self.column:
                parts.append(str(self.column))
        return ":".join(parts)


class MosaicError(Exception):
    """The root of every error that Mosaic raises on purpose.

    Args:
        code: a stable kebab-case code, such as ``stale-token``.
        what: one sentence that says what went wrong, without a full stop.
        where: a `Location`, or the path of a field such as ``jobs.build.steps[0]``.
        expected: what would have been right.
        got: what was found.
        hint: what to do about it, as an instruction.
    """

    def __init__(  # noqa: PLR0913 - the six fields are the contract of every error
        self,
        code: str,
        what: str,
        *,
        where: Location | str | None = None,
        expected: str = "",
        got: str = "",
        hint: str = "",
    ) -> None:
        super().__init__(what)
        self.code = code
        self.what = what
        self.where = where
        self.expected = expected
        self.got = got
        self.hint = hint

    def __str__(self) -> str:
        """Render on one line: where, what, expected, got; the hint comes last."""
        text = f"{self.where}: {self.what}" if self.where else self.what
        if self.expected:
            text += f"; expected {self.expected}"
        if self.got:
            text += f"; got {self.got}"
        return f"{text} [{self.code}]" + (f". {self.hint}" if self.hint else "")

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle with every field, since these cross process boundaries."""
        return (_rebuild, (type(self), self.code, self.what, self.where, self.expected, self.got, self.hint))


def _rebuild(  # noqa: PLR0913 - mirrors MosaicError.__init__
    kind: type[MosaicError],
    code: str,
    what: str,
    where: Location | str | None,
    expected: str,
    got: str,
    hint: str,
) -> MosaicError:
    return kind(code, what, where=where, expected=expected, got=got, hint=hint)


class InputError(MosaicError):
    """The user's input is wrong: a file, a flag, a configuration. The command line exits with 2."""


class Refused(MosaicError):
    """The state of the system does not allow this command, for instance because its token is stale."""


class NotFound(MosaicError):
    """The named thing does not exist."""


class Unavailable(MosaicError):
    """A plugin, a provider or a program that this needs is not here; the hint says how to get it."""


class Denied(MosaicError):
    """The principal may not do this."""


class IntegrityError(MosaicError):
    """Stored data contradicts itself: a broken hash chain, an unknown schema, a missing blob."""
