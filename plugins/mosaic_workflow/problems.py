"""What is wrong with a workflow file, gathered.

Owns the one error that carries all findings of a file, so that nobody has to fix them one by one.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from mosaic_hookspecs import Finding, InputError, Location, Severity

_SHOWN = 20


class WorkflowErrors(InputError):
    """A workflow cannot be used. `findings` holds every error and warning of it, in document order.

    With one error, the fields of the error are that one's; with several, `what` lists them.
    """

    def __init__(self, path: str, findings: Sequence[Finding]) -> None:
        self.path = path
        self.findings = tuple(findings)
        errors = [finding for finding in self.findings if finding.severity is Severity.ERROR]
        if len(errors) == 1:
            only = errors[0]
            super().__init__(only.code, _with_subject(only), where=only.location, hint=only.hint)
            return
        lines = [
            f"{error.location}: {_with_subject(error)}" + (f". {error.hint}" if error.hint else "")
            for error in errors[:_SHOWN]
        ]
        if len(errors) > _SHOWN:
            lines.append(f"and {len(errors) - _SHOWN} more")
        what = f"{len(errors)} errors in the workflow\n  " + "\n  ".join(lines)
        super().__init__("bad-workflow", what, where=Location(path=path))

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle with the findings."""
        return (type(self), (self.path, self.findings))


def _with_subject(finding: Finding) -> str:
    return f"{finding.subject}: {finding.message}" if finding.subject else finding.message


class Problems:
    """Gathers the findings of one file and of those that it calls."""

    def __init__(self) -> None:
        self._findings: list[Finding] = []

    def add(  # noqa: PLR0913 - the fields of a finding
        self,
        code: str,
        what: str,
        location: Location,
        *,
        subject: str = "",
        expected: str = "",
        got: str = "",
        hint: str = "",
        severity: Severity = Severity.ERROR,
    ) -> None:
        """Add one finding; `subject` is the key path. The same one twice counts once."""
        message = what
        if expected:
            message += f"; expected {expected}"
        if got:
            message += f"; got {got}"
        finding = Finding(
            code=code, message=message, severity=severity, subject=subject, location=location, hint=hint
        )
        if finding not in self._findings:
            self._findings.append(finding)

    @property
    def has_errors(self) -> bool:
        """Whether anything that was found is an error."""
        return any(finding.severity is Severity.ERROR for finding in self._findings)

    def sorted(self) -> Sequence[Finding]:
        """Return the findings in document order."""

        def place(finding: Finding) -> tuple[str, int, int]:
            where = finding.location
            return (where.path, where.line, where.column) if where else ("", 0, 0)

        return sorted(self._findings, key=place)

    def raise_errors(self, path: str) -> None:
        """Raise `WorkflowErrors` if there is any error."""
        if self.has_errors:
            raise WorkflowErrors(path, self.sorted())


def nearest(word: str, words: Iterable[str]) -> str:
    """Return a hint that names the most similar of `words`, or ""."""
    found = difflib.get_close_matches(word, list(words), n=1, cutoff=0.6)
    return f"Did you mean {found[0]!r}?" if found else ""


def shown(value: object) -> str:
    """Write a value for a message, shortened."""
    text = repr(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


_LONGEST = 80
