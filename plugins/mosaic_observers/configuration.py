"""What can be set about the feeding of observers."""

from __future__ import annotations

from typing import Any

import attrs

from mosaic_hookspecs.errors import InputError

_positive = attrs.validators.gt(0.0)


@attrs.frozen(kw_only=True)
class Config:
    """The configuration of the observers' feeder: the section ``plugins.observers``."""

    batch_events: int = attrs.field(
        default=100,
        validator=attrs.validators.ge(1),
        metadata={"help": "The most events that an observer is given at once."},
    )
    gather_seconds: float = attrs.field(
        default=0.05,
        validator=attrs.validators.ge(0.0),
        metadata={"help": "How long events are gathered after the first of a burst, before they are given."},
    )
    batch_seconds: float = attrs.field(
        default=30.0,
        validator=_positive,
        metadata={"help": "How long an observer may take for a batch before that counts as a failure."},
    )
    retry_seconds: float = attrs.field(
        default=1.0,
        validator=_positive,
        metadata={"help": "Wait before a failed batch is tried again; doubled for each further try."},
    )
    failure_seconds: float = attrs.field(
        default=60.0,
        validator=_positive,
        metadata={"help": "How long an observer may fail before it is skipped for a while."},
    )
    skip_seconds: float = attrs.field(
        default=300.0,
        validator=_positive,
        metadata={"help": "How long an observer that fails is skipped; nothing of the log is lost to it."},
    )
    cursor_seconds: float = attrs.field(
        default=1.0,
        validator=_positive,
        metadata={"help": "Least time between two writes of an observer's place in the log."},
    )
    lease_seconds: float = attrs.field(
        default=60.0,
        validator=_positive,
        metadata={
            "help": "How long after its last sign of life a process keeps an observer from the others; "
            "more than batch_seconds."
        },
    )
    storage_seconds: float = attrs.field(
        default=10.0,
        validator=_positive,
        metadata={"help": "How long reading the log, or writing a place, may take."},
    )

    def require_sense(self) -> None:
        """Refuse a lease that a batch could outlive.

        Raises:
            InputError: ``lease_seconds`` is not above ``batch_seconds``.
        """
        if self.lease_seconds <= self.batch_seconds:
            raise InputError(
                "short-lease",
                "a batch may last longer than the lease of who delivers it",
                where="plugins.observers.lease_seconds",
                expected=f"more than batch_seconds ({self.batch_seconds:g})",
                got=f"{self.lease_seconds:g}",
                hint="Raise lease_seconds, or lower batch_seconds.",
            )

    @classmethod
    def of(cls, given: Any) -> Config:
        """Return the configuration that a context holds, or the defaults."""
        return given if isinstance(given, cls) else cls()
