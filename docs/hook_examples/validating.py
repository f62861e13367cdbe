"""Checks what the configuration promises before anything is served."""

from __future__ import annotations

import attrs

from mosaic_hookspecs import Context, InputError, hookimpl


@attrs.frozen(kw_only=True)
class Config:
    """How long to wait."""

    least_seconds: float = attrs.field(default=1.0, metadata={"help": "The shortest wait."})
    most_seconds: float = attrs.field(default=60.0, metadata={"help": "The longest wait."})


class ValidatingPlugin:
    """Types are checked by the kernel; what only makes sense together is checked here."""

    Config = Config

    @hookimpl
    async def mosaic_validate(self, context: Context) -> None:
        """Refuse a range that is upside down."""
        config: Config = context.config
        if config.least_seconds > config.most_seconds:
            raise InputError(
                "bad-range",
                "the shortest wait is longer than the longest",
                where=f"plugins.{context.plugin}.least_seconds",
                expected=f"at most {config.most_seconds:g}",
                got=f"{config.least_seconds:g}",
                hint="Lower least_seconds.",
            )
