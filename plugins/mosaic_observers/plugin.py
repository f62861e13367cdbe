"""The plugin that follows the event log for the observers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.hooks import Health, Provision, hookimpl

from .configuration import Config

if TYPE_CHECKING:
    from .feeder import Feeder


class ObserversPlugin:
    """Feeds the providers of the observe port with the event log.

    Each gets every event in order, at least once, in batches, and holds up nobody. Its place in the log is
    kept in the store: a crash loses nothing, and of several processes with one store, one delivers.
    """

    Config = Config

    def __init__(self) -> None:
        self._feeder: Feeder | None = None

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Provide the feeder; the kernel runs it where it serves."""
        from .feeder import Feeder

        self._feeder = Feeder(context, Config.of(context.config))
        return [Provision(port="transport", name=self._feeder.name, provider=self._feeder)]

    @hookimpl
    async def mosaic_validate(self, context: Context) -> None:
        """Check that no batch can outlive a lease."""
        Config.of(context.config).require_sense()

    @hookimpl
    async def mosaic_start(self, context: Context) -> None:
        """Note where new observers begin."""
        if self._feeder is not None:
            await self._feeder.begin()

    @hookimpl
    async def mosaic_health(self, context: Context) -> Health:
        """Tell which observers are skipped, and why, whichever process skips them."""
        from .place import COLLECTION

        names = context.port("observe").names()
        if not names:
            return Health()
        storage = context.port("storage").get()
        head, found = await storage.head(), []
        for document in await storage.documents(COLLECTION, limit=1000):
            body: Any = document.body
            if document.key in names and body["failure"]:
                behind = head - body["sequence"]
                found.append(f"the observer {document.key!r} fails, {behind} events behind: {body['failure']}")
        return Health(is_well=not found, detail="; ".join(found))

    @hookimpl
    async def mosaic_drain(self, context: Context) -> None:
        """Give the observers what is in the log already."""
        if self._feeder is not None:
            await self._feeder.settle()
