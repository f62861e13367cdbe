"""The plugin that watches files and asks the kernel to reload."""

from __future__ import annotations

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import MosaicError
from mosaic_hookspecs.hooks import State, hookimpl

from .settings import Config

SERVED = "profile.served"


class WatchPlugin:
    """Notices changed code, configuration and packages, and has them reloaded."""

    Config = Config

    def __init__(self) -> None:
        self._is_served = trio.Event()

    @hookimpl
    async def mosaic_start(self, context: Context) -> None:
        """Begin to watch what the configuration names, now or when the profile is served."""
        config: Config = context.config
        if not config.watches:
            return
        if config.when == "served":
            listens = trio.Event()
            context.start_soon(self._when_served, context, listens)
            await listens.wait()
        else:
            context.start_soon(self._watch, context)

    @hookimpl
    async def mosaic_export_state(self, context: Context) -> State:
        """Say whether the profile is served: that is told only once."""
        return State(data={"is_served": self._is_served.is_set()})

    @hookimpl
    async def mosaic_import_state(self, context: Context, state: State) -> None:
        """Take over whether the profile is served."""
        state.require(1)
        if state.data["is_served"]:
            self._is_served.set()

    async def _when_served(self, context: Context, listens: trio.Event) -> None:
        async with context.bus.subscribe(SERVED) as notices, trio.open_nursery() as nursery:
            listens.set()

            async def listen() -> None:
                async for notice in notices:
                    if notice.topic == SERVED:
                        self._is_served.set()

            nursery.start_soon(listen)
            await self._is_served.wait()
            nursery.cancel_scope.cancel()
        await self._watch(context)

    async def _watch(self, context: Context) -> None:
        from .code_watch import CodeWatch
        from .configuration_watch import ConfigurationWatch
        from .packages_watch import PackagesWatch

        config: Config = context.config
        code = CodeWatch(context, config)
        watches = [
            (config.code, code.run),
            (config.config, ConfigurationWatch(context, config).run),
            (config.packages, PackagesWatch(context, config, code.refresh).run),
        ]
        async with trio.open_nursery() as nursery:
            for is_wanted, run in watches:
                if is_wanted:
                    try:
                        await nursery.start(run)
                    except MosaicError as error:
                        context.log.warning("watch.not_watching", error=error)
            context.log.info("watch.began", code=config.code, config=config.config, packages=config.packages)
