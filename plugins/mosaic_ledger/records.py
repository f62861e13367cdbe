"""What the ledger's operations take and answer."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from mosaic_hookspecs.data import JsonObject
from mosaic_hookspecs.events import ChainBreak
from mosaic_hookspecs.storage import Verification


@attrs.frozen(kw_only=True)
class Nothing:
    """An operation that takes no input."""


@attrs.frozen(kw_only=True)
class FilePath:
    """Names a file."""

    path: str = attrs.field(metadata={"help": "The file, as an absolute path or from the project's directory."})


@attrs.frozen(kw_only=True)
class VerificationReport:
    """What checking a store found."""

    is_sound: bool = attrs.field(metadata={"help": "Whether nothing was found."})
    events: int = attrs.field(metadata={"help": "How many events fit the hash chain."})
    head: str = attrs.field(metadata={"help": "The hash of the newest of them."})
    broken: ChainBreak | None = attrs.field(
        default=None, metadata={"help": "The first event that does not fit, and how one sees it."}
    )
    problems: Sequence[str] = attrs.field(
        default=(), metadata={"help": "Where something stored differs from what follows from the log."}
    )

    @classmethod
    def of(cls, found: Verification) -> VerificationReport:
        """Report what a storage provider found."""
        return cls(
            is_sound=found.is_sound,
            events=found.events,
            head=found.head,
            broken=found.broken,
            problems=tuple(found.problems),
        )


@attrs.frozen(kw_only=True)
class StorageInfo:
    """Which storage is used, and how much is in it."""

    provider: str = attrs.field(metadata={"help": "The provider's name."})
    contract: str = attrs.field(metadata={"help": "The version of the storage contract."})
    events: int = attrs.field(metadata={"help": "The newest event's number."})
    tasks: int = attrs.field(metadata={"help": "How many tasks the store has ever taken in."})
    next_deadline: int | None = attrs.field(
        default=None,
        metadata={"help": "When a lease runs out or a delay ends next, in milliseconds since 1970 UTC."},
    )


@attrs.frozen(kw_only=True)
class ListEvents:
    """Which events of the log to list, the newest first."""

    before: int = attrs.field(default=0, metadata={"help": "Only events with a number below this; 0: any."})
    limit: int = attrs.field(
        default=50,
        validator=[attrs.validators.ge(1), attrs.validators.le(1000)],
        metadata={"help": "At most so many."},
    )
    kinds: Sequence[str] = attrs.field(
        default=(), metadata={"help": "Only these kinds; run. stands for all that begin so."}
    )
    run_id: str = attrs.field(default="", metadata={"help": "Only this run's."})
    by: str = attrs.field(default="", metadata={"help": "Only what this one did."})


@attrs.frozen(kw_only=True)
class LoggedEvent:
    """Something that happened: when (milliseconds since 1970 UTC), to what, and by whom. Where `is_cut`, the
    body is larger than 4 KiB, and left out.
    """

    sequence: int
    at: int
    kind: str
    run_id: str
    task_id: str
    by: str
    body: JsonObject
    is_cut: bool = False


@attrs.frozen(kw_only=True)
class LoggedEvents:
    """Events, the newest first. `next` is the ``before`` of the next page; 0: there is none. A page may hold
    fewer than were asked for although more match: at most twenty thousand events are looked at for one.
    """

    items: Sequence[LoggedEvent]
    next: int
