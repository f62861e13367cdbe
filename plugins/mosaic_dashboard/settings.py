"""What can be configured under ``plugins.dashboard``."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class Config:
    """Under ``plugins.dashboard``."""

    theme: str = attrs.field(default="", metadata={"help": "Name of a contributed theme; empty: Mosaic's own."})
    form_bytes: int = attrs.field(
        default=4_194_304,
        validator=attrs.validators.ge(1024),
        metadata={"help": "The longest form that is taken, in bytes."},
    )
    draw_seconds: float = attrs.field(
        default=30.0,
        validator=attrs.validators.gt(0),
        metadata={
            "help": "How long what a page, panel or tab reads may take together, before it is drawn without "
            "the rest."
        },
    )
