"""The plugin class: provides the scheduler."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from mosaic_hookspecs import Context, InputError, Provision, Scheduler, hookimpl


@attrs.frozen(kw_only=True)
class Config:
    """What can be configured under ``plugins.sample``."""

    lease_seconds: float = attrs.field(
        default=60.0,
        metadata={"help": "How long a lease lasts; it is renewed three times in that time."},
    )


class SamplePlugin:
    """Provides the scheduling port. The kernel makes an instance for each generation."""

    Config = Config

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Make the scheduler. It looks for storage and agents when it drives: ports are not filled yet."""
        from .scheduler import SequentialScheduler  # only who drives runs pays for importing it

        config: Config = context.config
        provider: Scheduler = SequentialScheduler(context, config.lease_seconds)
        return [Provision(port="scheduling", name="sample", provider=provider)]

    @hookimpl
    async def mosaic_validate(self, context: Context) -> None:
        """Refuse leases that would be over before they can be renewed."""
        config: Config = context.config
        if config.lease_seconds < 1:
            raise InputError(
                "bad-lease",
                "a lease lasts too short to be renewed",
                where="plugins.sample.lease_seconds",
                expected="at least 1",
                got=str(config.lease_seconds),
            )
