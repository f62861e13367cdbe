"""What `file.overlaps` takes and answers."""

from __future__ import annotations

from collections.abc import Sequence

import attrs


@attrs.frozen(kw_only=True)
class AskOverlaps:
    """Between which tasks."""

    run_id: str = attrs.field(default="", metadata={"help": "Tasks of this run; of every active one if empty."})
    ahead: bool = attrs.field(
        default=False,
        metadata={
            "help": "Also tasks that are not ready yet, if nothing orders them: what a plan will run into."
        },
    )
    least: float = attrs.field(
        default=0.2,
        validator=[attrs.validators.ge(0), attrs.validators.le(1)],
        metadata={"help": "Leave out pairs that score less (0 to 1)."},
    )
    limit: int = attrs.field(
        default=50,
        validator=[attrs.validators.ge(1), attrs.validators.le(1000)],
        metadata={"help": "At most so many pairs, the likeliest."},
    )


@attrs.frozen(kw_only=True)
class OverlapTask:
    """One of the two tasks."""

    run_id: str
    task_id: str
    title: str
    state: str


@attrs.frozen(kw_only=True)
class SharedPath:
    """What both are likely to change: how likely (0 to 1), and how one knows of each."""

    path: str
    score: float
    first_why: str
    second_why: str


@attrs.frozen(kw_only=True)
class Overlap:
    """Two tasks that run, or may run, side by side, and how likely they change the same."""

    first: OverlapTask
    second: OverlapTask
    score: float
    shared: Sequence[SharedPath]
    advice: str


@attrs.frozen(kw_only=True)
class Overlaps:
    """Pairs, the likeliest first. `compared` is how many tasks were looked at, `left_out` how many more there
    were; `has_history` whether a repository told which files change together.
    """

    items: Sequence[Overlap]
    compared: int
    left_out: int
    has_history: bool
