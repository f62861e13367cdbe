"""Says how it is: for ``mosaic doctor``, and before a new generation is let in."""

from __future__ import annotations

import shutil

import attrs

from mosaic_hookspecs import Context, Health, hookimpl


@attrs.frozen(kw_only=True)
class Config:
    """What it needs."""

    program: str = attrs.field(default="git", metadata={"help": "The program that it runs."})


class FeelingPlugin:
    """Needs a program to be installed."""

    Config = Config

    @hookimpl
    async def mosaic_health(self, context: Context) -> Health:
        """Say what is wrong, and what to do; a reload to a generation that is not well is refused."""
        config: Config = context.config
        if shutil.which(config.program) is None:
            return Health(is_well=False, detail=f"{config.program} is not installed: install it")
        return Health()
