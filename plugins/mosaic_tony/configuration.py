"""What can be set about the bridge: how long it waits, and how much it takes at once."""

from __future__ import annotations

from typing import Any

import attrs

_positive: Any = attrs.validators.gt(0)


@attrs.frozen(kw_only=True)
class Config:
    """The section ``plugins.tony``."""

    wait_seconds: float = attrs.field(
        default=3600.0,
        validator=attrs.validators.ge(0.0),
        metadata={"help": "The longest that one bridge.events waits; waiting costs nothing."},
    )
    settle_seconds: float = attrs.field(
        default=0.05,
        validator=attrs.validators.ge(0.0),
        metadata={"help": "How long events are gathered after a wait, so that many go at once."},
    )
    batch_events: int = attrs.field(
        default=500,
        validator=_positive,
        metadata={"help": "The most events that are read or published at once."},
    )
    origins: int = attrs.field(
        default=1000, validator=_positive, metadata={"help": "The most other systems that are mirrored here."}
    )
    storage_seconds: float = attrs.field(
        default=30.0,
        validator=_positive,
        metadata={"help": "How long reading or writing the store may take, beside waiting."},
    )

    @classmethod
    def of(cls, given: Any) -> Config:
        """Return the configuration that a context holds, or the defaults."""
        return given if isinstance(given, cls) else cls()
