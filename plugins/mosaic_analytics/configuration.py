"""What can be configured: from how much a forecast is made."""

from __future__ import annotations

import attrs

from .paces import RECENT


@attrs.frozen(kw_only=True)
class Config:
    """Under ``plugins.analytics``."""

    forecast_least: int = attrs.field(
        default=5,
        validator=[attrs.validators.ge(2), attrs.validators.le(RECENT)],
        metadata={"help": "Before so many tasks were accepted, there is no forecast, but a reason why."},
    )
