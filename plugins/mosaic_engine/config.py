"""What can be set about the engine."""

from __future__ import annotations

import os
from collections.abc import Mapping

import attrs

from .pricing import Price


def _default_parallelism() -> int:
    return max(2, min(32, 2 * (os.cpu_count() or 1)))


@attrs.frozen(kw_only=True)
class Config:
    """The engine's configuration: the section ``plugins.engine``."""

    parallelism: int = attrs.field(
        factory=_default_parallelism,
        validator=attrs.validators.ge(1),
        metadata={
            "help": "Attempts that this process makes at once, and of those made elsewhere verifies; by "
            "default twice the cores, 2 to 32."
        },
    )
    prefetch: int = attrs.field(
        default=128,
        validator=attrs.validators.ge(0),
        metadata={
            "help": "Most leases held ahead of free slots, and only while attempts end within milliseconds."
        },
    )
    quotas: Mapping[str, int] = attrs.field(
        factory=dict,
        metadata={
            "help": "Most of each resource held at once: tasks, project:NAME, or what tasks name themselves."
        },
    )
    lease_seconds: float = attrs.field(
        default=60.0,
        validator=attrs.validators.gt(0),
        metadata={"help": "How long a lease lasts; it is renewed when a third of that has passed."},
    )
    verification_seconds: float = attrs.field(
        default=3600.0,
        validator=attrs.validators.gt(0),
        metadata={"help": "Most time from an attempt's report until it is accepted: checks and publication."},
    )
    cleanup_seconds: float = attrs.field(
        default=30.0,
        validator=attrs.validators.gt(0),
        metadata={"help": "Most time to give leases back and to reap leftovers when driving begins or ends."},
    )
    drain_seconds: float = attrs.field(
        default=8.0,
        validator=attrs.validators.ge(0),
        metadata={
            "help": "How long attempts in flight may finish when the engine is replaced or the system stops."
            " Keep it below kernel.drain_seconds."
        },
    )
    storage_seconds: float = attrs.field(
        default=60.0,
        validator=attrs.validators.gt(0),
        metadata={"help": "How long a write may take before the storage counts as stalled."},
    )
    prices: Mapping[str, Price] = attrs.field(
        factory=dict,
        metadata={
            "help": "What models cost, by name or pattern: input, output, cached, in US dollars for a million"
            " tokens. For usage whose cost the agent does not report; list prices are known."
        },
    )
    log_bytes: int = attrs.field(
        default=4 * 1024 * 1024,
        validator=attrs.validators.ge(4096),
        metadata={"help": "Size to which an attempt's live log is bounded; head and tail are kept."},
    )
