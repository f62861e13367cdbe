"""What can be set about reservations."""

from __future__ import annotations

from typing import Any

import attrs

_positive: Any = attrs.validators.gt(0)


@attrs.frozen(kw_only=True)
class Config:
    """Under ``plugins.reservations``."""

    held: int = attrs.field(
        default=500, validator=_positive, metadata={"help": "The most reservations that a project may have."}
    )
    paths: int = attrs.field(
        default=2000, validator=_positive, metadata={"help": "The most paths that they may have together."}
    )
    history: int = attrs.field(
        default=300,
        validator=attrs.validators.ge(0),
        metadata={"help": "Commits that are read to learn which files change together; 0: git is not asked."},
    )
    history_seconds: float = attrs.field(
        default=5.0, validator=_positive, metadata={"help": "How long git may take for that."}
    )
    tasks: int = attrs.field(
        default=400, validator=_positive, metadata={"help": "The most tasks that are compared at once."}
    )
    storage_seconds: float = attrs.field(
        default=30.0, validator=_positive, metadata={"help": "How long the storage may take for one request."}
    )
