"""What the bridge's operations take and answer. Times are milliseconds since 1970 UTC."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs.data import JsonObject

_ORIGIN = {"help": "Which system it is of: letters, digits, and . _ - inside."}
_least: Any = attrs.validators.ge(0)


@attrs.frozen(kw_only=True)
class ReadEvents:
    """From where to read the log, and what of it."""

    after: int = attrs.field(
        default=0,
        validator=_least,
        metadata={"help": "Only events with a number above this; 0: from the first."},
    )
    after_hash: str = attrs.field(
        default="", metadata={"help": "The hash of that event; another log is then refused, not read."}
    )
    wait_seconds: float = attrs.field(
        default=0.0,
        validator=_least,
        metadata={"help": "How long to wait for an event if there is none; waiting costs nothing."},
    )
    limit: int = attrs.field(
        default=200, validator=attrs.validators.ge(1), metadata={"help": "At most so many events."}
    )
    run_id: str = attrs.field(default="", metadata={"help": "Only events of this run; of all if left out."})
    kinds: Sequence[str] = attrs.field(
        default=(),
        metadata={
            "help": "Only these kinds, such as run.finished; one that ends in a dot stands for all below it."
        },
    )
    with_runs: bool = attrs.field(
        default=False, metadata={"help": "Also how the runs stand that the events are about."}
    )


@attrs.frozen(kw_only=True)
class EventLine:
    """An event in short. `about` holds the plain values of what it says: texts, cut where they are long, and
    numbers.
    """

    sequence: int
    at: int
    kind: str
    run_id: str = ""
    task_id: str = ""
    by: str = ""
    about: JsonObject = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class RunLine:
    """How a run stands, in short. `sequence` is the log's position at which it was read: it is at least as new
    as every event up to there.
    """

    run_id: str
    project: str
    title: str
    target: str
    state: str
    total: int
    counts: Mapping[str, int]
    created_at: int
    ended_at: int | None
    tokens: int
    money: float
    sequence: int


@attrs.frozen(kw_only=True)
class Batch:
    """A piece of the log: what of the events above `after` and up to `to` was asked for. Go on from `to`, with
    `to_hash` (which is "" where only one run was read). `head` is the newest event's number.
    """

    after: int
    after_hash: str
    to: int
    to_hash: str
    head: int
    events: Sequence[EventLine] = ()
    runs: Sequence[RunLine] = ()


@attrs.frozen(kw_only=True)
class Publish:
    """A piece of another system's log, to be mirrored here: what bridge.events answered there."""

    origin: str = attrs.field(metadata=_ORIGIN)
    after: int = attrs.field(
        validator=_least, metadata={"help": "Where the piece begins: the position that bridge.cursor tells."}
    )
    to: int = attrs.field(validator=attrs.validators.ge(1), metadata={"help": "Where the piece ends."})
    to_hash: str = attrs.field(
        validator=attrs.validators.min_len(1), metadata={"help": "The hash of the event where it ends."}
    )
    after_hash: str = attrs.field(default="", metadata={"help": "The hash that bridge.cursor tells."})
    events: Sequence[EventLine] = attrs.field(
        default=(), metadata={"help": "The events in it, in the order of their numbers."}
    )
    runs: Sequence[RunLine] = attrs.field(
        default=(), metadata={"help": "How the runs stand that they are about."}
    )
    replace: bool = attrs.field(
        default=False,
        metadata={
            "help": "Forget what is mirrored of that system: it has another log now, read from the first."
        },
    )


@attrs.frozen(kw_only=True)
class Published:
    """Where that system stands here now. `is_new` is false where the piece was mirrored already."""

    origin: str
    position: int
    hash: str
    is_new: bool


@attrs.frozen(kw_only=True)
class NameOrigin:
    """Which other system."""

    origin: str = attrs.field(metadata=_ORIGIN)


@attrs.frozen(kw_only=True)
class OriginView:
    """Up to which event of its own log another system is mirrored here (0: not at all), when that came, and
    how many events have.
    """

    origin: str
    position: int = 0
    hash: str = ""
    at: int = 0
    events: int = 0


@attrs.frozen(kw_only=True)
class ListShared:
    """Which of the mirrored runs."""

    origin: str = attrs.field(default="", metadata={"help": "Only of this system; of all if left out."})
    project: str = attrs.field(default="", metadata={"help": "Only of this project."})
    after: str = attrs.field(default="", metadata={"help": "Only runs behind this key, for the next page."})
    limit: int = attrs.field(
        default=200,
        validator=[attrs.validators.ge(1), attrs.validators.le(1000)],
        metadata={"help": "At most so many."},
    )


@attrs.frozen(kw_only=True)
class SharedRun:
    """A run of another system, as it is mirrored here. `key` is unique here."""

    key: str
    origin: str
    run: RunLine


@attrs.frozen(kw_only=True)
class SharedList:
    """The systems that are mirrored here, and their runs in order of key. `more` is the key to go on behind
    ("": that is all).
    """

    origins: Sequence[OriginView]
    runs: Sequence[SharedRun]
    more: str = ""


@attrs.frozen(kw_only=True)
class DriveRun:
    """Which run to work on."""

    run_id: str = attrs.field(metadata={"help": "The run's identifier."})


@attrs.frozen(kw_only=True)
class Driven:
    """Who works on it now: ``tony``, ``engine`` (the system works on every run) or ``nobody`` (it is final)."""

    run_id: str
    by: str
