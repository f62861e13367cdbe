"""What a workflow may name beside itself: agents, secrets, variables, files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import attrs


@attrs.frozen(kw_only=True)
class Surroundings:
    """`agents` and `secrets` are the names that there are (None: not known, so nothing is refused).
    `root` is the directory that called workflows must be in (None: there is none). In a trial, inputs
    are not known, and that is no fault. `repository` is where jobs that publish do so, if the run names
    no other.
    """

    agents: frozenset[str] | None = None
    secrets: frozenset[str] | None = None
    variables: Mapping[str, str] = attrs.field(factory=dict)
    root: Path | None = None
    default_timeout_minutes: float = 360.0
    is_trial: bool = False
    repository: str = ""


def root_of(path: str, fallback: Path | None) -> Path | None:
    """Return the directory that a workflow's calls are relative to: its own, or the repository's where
    it stands in ``.github/workflows``.
    """
    if not path:
        return fallback
    directory = Path(path).absolute().parent
    return directory.parents[1] if directory.parts[-2:] == (".github", "workflows") else directory
