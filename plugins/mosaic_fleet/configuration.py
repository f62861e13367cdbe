"""What can be set about pull workers."""

from __future__ import annotations

from typing import Any

import attrs

_positive = attrs.validators.gt(0.0)


@attrs.frozen(kw_only=True)
class Config:
    """The section ``plugins.fleet``."""

    lease_seconds: float = attrs.field(
        default=120.0,
        validator=_positive,
        metadata={"help": "A worker that is not heard for so long loses what it holds to another."},
    )
    wait_seconds: float = attrs.field(
        default=25.0,
        validator=attrs.validators.ge(0.0),
        metadata={"help": "How long work.take waits for work, unless it says so itself."},
    )
    most_wait_seconds: float = attrs.field(
        default=3600.0,
        validator=attrs.validators.ge(0.0),
        metadata={"help": "The longest that work.take may ask to wait; waiting costs nothing."},
    )
    verdict_seconds: float = attrs.field(
        default=25.0,
        validator=attrs.validators.ge(0.0),
        metadata={"help": "How long work.report waits for the checks; they go on without it."},
    )
    hand_over_seconds: float = attrs.field(
        default=5.0,
        validator=_positive,
        metadata={"help": "How long claimed work waits for a worker that has just stopped waiting."},
    )
    gone_seconds: float = attrs.field(
        default=900.0,
        validator=_positive,
        metadata={"help": "A worker that is not heard for so long counts as gone."},
    )
    keep_days: float = attrs.field(
        default=7.0,
        validator=_positive,
        metadata={"help": "How long agents that are gone are remembered."},
    )
    most_workers: int = attrs.field(
        default=1000, validator=attrs.validators.ge(1), metadata={"help": "Workers at once."}
    )
    drives: bool = attrs.field(
        default=True,
        metadata={"help": "Work on every active run while workers are registered, if nothing here does."},
    )
    pack_bytes: int = attrs.field(
        default=16 * 1024,
        validator=[attrs.validators.ge(1024), attrs.validators.le(1024 * 1024)],
        metadata={"help": "The most that the context pack of a task takes that work.take answers."},
    )
    storage_seconds: float = attrs.field(
        default=30.0,
        validator=_positive,
        metadata={"help": "How long a write about workers may take."},
    )

    @classmethod
    def of(cls, given: Any) -> Config:
        """Return the configuration that a context holds, or the defaults."""
        return given if isinstance(given, cls) else cls()
