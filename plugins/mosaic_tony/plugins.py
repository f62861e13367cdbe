"""The plugins of the system: what there is, and changing one while it works."""

from __future__ import annotations

from collections.abc import Sequence

from .server import MCPServer
from .views import PluginInfo, record_of


class Plugins:
    """The plugins of the system behind a connection."""

    def __init__(self, mcp: MCPServer) -> None:
        self._mcp = mcp

    async def list(self) -> Sequence[PluginInfo]:
        """Return every plugin that is installed there."""
        found = await self._mcp.call("plugins.list")
        return [record_of(PluginInfo, one) for one in found["plugins"]]

    async def show(self, name: str) -> PluginInfo:
        """Return one. Raises what the system says of a name that it does not know."""
        return record_of(PluginInfo, await self._mcp.call("plugins.info", name=name))

    async def reload(self, name: str, *, code: bool = True) -> PluginInfo:
        """Load a plugin anew, with its code; return what serves then.

        Raises:
            MosaicError: it did not come up, and the old one serves on.
        """
        await self._mcp.call("plugins.reload", name=name, code=code, waits=True)
        return await self.show(name)
