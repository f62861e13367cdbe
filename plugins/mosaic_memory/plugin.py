"""The plugin class of the memory storage."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.hooks import Provision, hookimpl


class MemoryPlugin:
    """Provides the storage port from memory."""

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Provide an empty store."""
        from .storage import MemoryStorage

        return [Provision(port="storage", name="memory", provider=MemoryStorage(context.clock))]
