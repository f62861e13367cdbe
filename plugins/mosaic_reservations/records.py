"""What the operations on reservations take and answer. Times are milliseconds since 1970 UTC."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import attrs

_RUN = {"help": "The run of your attempt."}
_TASK = {"help": "The task of your attempt."}
_TOKEN = {"help": "Your attempt's fencing token, as its lease says."}
_some: Any = attrs.validators.min_len(1)


@attrs.frozen(kw_only=True)
class Reserve:
    """Files that an attempt is going to change or to rely on."""

    run_id: str = attrs.field(validator=_some, metadata=_RUN)
    task_id: str = attrs.field(validator=_some, metadata=_TASK)
    token: int = attrs.field(metadata=_TOKEN)
    paths: Sequence[str] = attrs.field(
        validator=[_some, attrs.validators.max_len(50)],
        metadata={
            "help": "Paths from the repository's root; *, ? and ** are allowed. A directory means all in it."
        },
    )
    mode: Literal["exclusive", "shared"] = attrs.field(
        default="exclusive",
        metadata={"help": "exclusive: you change them; shared: you only need them to stay as they are."},
    )
    reason: str = attrs.field(
        default="",
        validator=attrs.validators.max_len(300),
        metadata={"help": "What you are going to do, for those who want them too."},
    )


@attrs.frozen(kw_only=True)
class Release:
    """Files that an attempt is done with."""

    run_id: str = attrs.field(validator=_some, metadata=_RUN)
    task_id: str = attrs.field(validator=_some, metadata=_TASK)
    token: int = attrs.field(metadata=_TOKEN)
    paths: Sequence[str] = attrs.field(
        default=(),
        validator=attrs.validators.max_len(50),
        metadata={"help": "As they were reserved; empty: all of them."},
    )


@attrs.frozen(kw_only=True)
class ListReservations:
    """Which reservations."""

    run_id: str = attrs.field(default="", metadata={"help": "Of this run; of every one if empty."})
    path: str = attrs.field(default="", metadata={"help": "Only those that this path, or pattern, touches."})


@attrs.frozen(kw_only=True)
class Reservation:
    """Who holds which files. It ends when the attempt does; `until` is when that attempt's lease runs out
    unless it is renewed.
    """

    project: str
    run_id: str
    task_id: str
    title: str
    token: int
    by: str
    paths: Sequence[str]
    mode: str
    reason: str
    at: int
    until: int | None


@attrs.frozen(kw_only=True)
class Conflict:
    """One of the wanted paths, and who holds what touches it."""

    path: str
    held: str
    holder: Reservation


@attrs.frozen(kw_only=True)
class Reserved:
    """Whether the files are yours. If not, nothing was reserved: `conflicts` say who holds what, `advice` what
    to do.
    """

    is_granted: bool
    paths: Sequence[str]
    conflicts: Sequence[Conflict] = ()
    advice: str = ""


@attrs.frozen(kw_only=True)
class Released:
    """The paths that are free again."""

    paths: Sequence[str]


@attrs.frozen(kw_only=True)
class Reservations:
    """Reservations that hold now."""

    items: Sequence[Reservation]
