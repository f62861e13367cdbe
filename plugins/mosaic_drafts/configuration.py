"""What can be set about drafts."""

from __future__ import annotations

from typing import Any

import attrs

_positive: Any = attrs.validators.ge(1)


@attrs.frozen(kw_only=True)
class Config:
    """Under ``plugins.drafts``."""

    drafts: int = attrs.field(
        default=50, validator=_positive, metadata={"help": "The most drafts that are kept at once."}
    )
    steps: int = attrs.field(
        default=200,
        validator=_positive,
        metadata={"help": "How many changes of a draft can be undone; older ones are forgotten."},
    )
    storage_seconds: float = attrs.field(
        default=30.0,
        validator=attrs.validators.gt(0),
        metadata={"help": "How long the storage may take for one request."},
    )
