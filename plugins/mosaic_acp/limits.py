"""What the configuration says one attempt may spend."""

from __future__ import annotations

import attrs

_IS_POSITIVE = attrs.validators.optional(attrs.validators.gt(0))


@attrs.frozen(kw_only=True)
class Limit:
    """What one attempt may spend."""

    money: float | None = attrs.field(
        default=None, validator=_IS_POSITIVE, metadata={"help": "US dollars; nothing: as much as the run may."}
    )
    tokens: int | None = attrs.field(
        default=None,
        validator=_IS_POSITIVE,
        metadata={"help": "Tokens in and out; nothing: as many as the run may."},
    )
    calls: int | None = attrs.field(
        default=None,
        validator=_IS_POSITIVE,
        metadata={
            "help": "Calls of tools; it ends one that loops, also where the agent tells its cost at the end."
        },
    )
