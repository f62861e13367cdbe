"""The plugin class: opens the store in the state directory and provides it."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from mosaic_hookspecs import Context, Health, Provision, Storage, hookimpl


@attrs.frozen(kw_only=True)
class Config:
    """What can be configured under ``plugins.sample``."""

    path: str = attrs.field(
        default="store.jsonl", metadata={"help": "The file, relative to the state directory."}
    )


class SamplePlugin:
    """Provides the storage port. The kernel makes an instance for each generation."""

    Config = Config

    def __init__(self) -> None:
        self._storage: Storage | None = None

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Open the file; its undo is pushed before anything can fail."""
        from .store import LinesStorage  # only who uses the storage pays for importing it

        config: Config = context.config
        storage = LinesStorage(context.state_directory / config.path, context.clock)
        context.on_cleanup(storage.close)
        await storage.open()
        self._storage = storage
        return [Provision(port="storage", name="sample", provider=storage)]

    @hookimpl
    async def mosaic_health(self, context: Context) -> Health:
        """Say whether the store answers."""
        if self._storage is None:
            return Health(is_well=False, detail="the store is not open")
        return Health(detail=f"{await self._storage.head()} events")
