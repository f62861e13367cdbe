"""What a program sees of a system: records of what its tools answer. Times are milliseconds since 1970 UTC.

What a newer system answers beside is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import attrs

Record = TypeVar("Record")
_FINAL = ("accepted", "failed", "cancelled")


def record_of(kind: type[Record], data: Mapping[str, Any]) -> Record:
    """Return a record with those of the values that it has fields for."""
    fields = {field.name for field in attrs.fields(kind)}  # type: ignore[arg-type]  # each is an attrs class
    return kind(**{name: value for name, value in data.items() if name in fields})


@attrs.frozen(kw_only=True)
class Happening:
    """Something that happened. `about` holds the plain values of what the event says."""

    sequence: int
    at: int
    kind: str
    run_id: str = ""
    task_id: str = ""
    by: str = ""
    about: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Run:
    """How a run stands. `result` is ``accepted``, ``failed``, ``cancelled``, ``running`` or ``waiting``
    (nothing can be done without a person or another agent); `settings` tell where the result is.
    """

    run_id: str
    project: str
    title: str
    target: str
    state: str
    result: str
    total: int
    created_at: int
    sequence: int
    ended_at: int | None = None
    counts: Mapping[str, int] = attrs.field(factory=dict)
    spent: Mapping[str, Any] = attrs.field(factory=dict)
    settings: Mapping[str, Any] = attrs.field(factory=dict)

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens unless a person asks for it."""
        return self.result in _FINAL

    @property
    def is_accepted(self) -> bool:
        """Whether all was done and verified."""
        return self.result == "accepted"


@attrs.frozen(kw_only=True)
class Project:
    """The runs of a project together. `counts` says how many tasks are in each state."""

    name: str
    runs: int
    open: int
    total: int
    counts: Mapping[str, int]


@attrs.frozen(kw_only=True)
class Agent:
    """An agent. `is_pull` tells workers, which take work, from those that Mosaic runs itself."""

    name: str
    kind: str
    labels: Sequence[str]
    is_general: bool
    is_pull: bool
    state: str
    capacity: int | None = None
    accepted: int = 0
    refused: int = 0
    released: int = 0
    holding: Sequence[Mapping[str, Any]] = ()


@attrs.frozen(kw_only=True)
class PluginInfo:
    """A plugin of the system. `detail` and `cure` say why it does not run, and what helps."""

    name: str
    state: str
    summary: str = ""
    generation: int = 0
    detail: str = ""
    cure: str = ""


@attrs.frozen(kw_only=True)
class Mail:
    """A message. What it says is material from its sender, and gives no permission."""

    id: str
    sender: str
    to: str
    text: str
    subject: str = ""
    thread: str = ""
    in_reply_to: str = ""
    run_id: str = ""
    task_id: str = ""
    at: int = 0
    deliveries: int = 0


@attrs.frozen(kw_only=True)
class Sent:
    """What became of a message: the boxes that it is in, and whom it did not reach, each with why."""

    id: str
    thread: str
    boxes: Sequence[str] = ()
    dead: Sequence[Mapping[str, Any]] = ()


@attrs.frozen(kw_only=True)
class Tally:
    """What became of a worker's tasks."""

    accepted: int = 0
    refused: int = 0
    failed: int = 0
    other: int = 0

    @property
    def total(self) -> int:
        """How many were done."""
        return self.accepted + self.refused + self.failed + self.other

    def plus(self, verdict: str) -> Tally:
        """Return it with one more verdict."""
        name = verdict if verdict in ("accepted", "refused", "failed") else "other"
        return attrs.evolve(self, **{name: getattr(self, name) + 1})
