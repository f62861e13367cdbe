"""Acceptance checks, and the evidence that they leave.

Owns the values. Refuses to run anything: a `CheckRunner` (see `mosaic_hookspecs.agents`) does, in a
clean checkout, by Mosaic itself and never by the agent that did the work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs.data import JsonObject


@attrs.frozen(kw_only=True)
class Check:
    """One acceptance check.

    `uses` names the `CheckRunner`. The built-in ones: ``command`` (parameters: ``run``, a shell line,
    or ``argv``, a list; ``{python}`` stands for the interpreter that runs Mosaic) and ``http``
    (parameters: ``argv`` of a server in which ``{port}`` stands for a free port, ``path``, ``status``).
    """

    name: str
    uses: str = "command"
    parameters: JsonObject = attrs.field(factory=dict)
    timeout_seconds: float = 120.0

    def to_data(self) -> dict[str, Any]:
        """Return the check as JSON data that `from_data` reads back."""
        return attrs.asdict(self, recurse=False)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Check:
        """Build a check from what `to_data` returned."""
        return cls(**data)


@attrs.frozen(kw_only=True)
class CheckResult:
    """What one run of a check left: the evidence.

    `output` is the digest of the bounded, redacted output in the blob store ("" if there was none);
    `tree` is the digest or git tree id of what was checked ("" where the workspace has none).
    """

    name: str
    passed: bool
    exit_code: int | None = None
    duration_seconds: float = 0.0
    summary: str = ""
    output: str = ""
    tree: str = ""

    def to_data(self) -> dict[str, Any]:
        """Return the result as JSON data that `from_data` reads back."""
        return attrs.asdict(self, recurse=False)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> CheckResult:
        """Build a result from what `to_data` returned."""
        return cls(**data)


@attrs.frozen(kw_only=True)
class Evidence:
    """Why an attempt was accepted or rejected.

    `commit` is the commit that was published ("" where the workspace has none), `files` the paths
    that the attempt changed, relative to the workspace.
    """

    checks: Sequence[CheckResult] = ()
    commit: str = ""
    files: Sequence[str] = ()

    @property
    def passed(self) -> bool:
        """Whether every check passed; true where there was none to run."""
        return all(check.passed for check in self.checks)

    def to_data(self) -> dict[str, Any]:
        """Return the evidence as JSON data that `from_data` reads back."""
        return {
            "checks": [check.to_data() for check in self.checks],
            "commit": self.commit,
            "files": list(self.files),
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Evidence:
        """Build evidence from what `to_data` returned."""
        return cls(
            checks=tuple(CheckResult.from_data(check) for check in data.get("checks", ())),
            commit=data.get("commit", ""),
            files=tuple(data.get("files", ())),
        )
