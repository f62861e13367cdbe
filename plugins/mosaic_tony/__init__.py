"""Tony: a program's own assistant, which talks to Mosaic over MCP alone.

``async with create_mcp_server(mode="local") as mcp: tony = Tony(mcp=mcp)``; everything is imported when it is
first used. The plugin of the same name serves what this needs of a system: the bridge between two of them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .adapter import Mirrored, TonyAdapter
    from .core import MosaicCore
    from .messages import Messages
    from .orchestrator import Orchestrator
    from .packs import Work
    from .plugins import Plugins
    from .server import MCPServer, create_mcp_server
    from .spawned import Spawned
    from .tony import Tony
    from .views import Agent, Happening, Mail, PluginInfo, Project, Run, Sent, Tally

_HOMES = {
    "Agent": "views",
    "Happening": "views",
    "MCPServer": "server",
    "Mail": "views",
    "Messages": "messages",
    "Mirrored": "adapter",
    "MosaicCore": "core",
    "Orchestrator": "orchestrator",
    "PluginInfo": "views",
    "Plugins": "plugins",
    "Project": "views",
    "Run": "views",
    "Sent": "views",
    "Spawned": "spawned",
    "Tally": "views",
    "Tony": "tony",
    "TonyAdapter": "adapter",
    "Work": "packs",
    "create_mcp_server": "server",
}

__all__ = [
    "Agent",
    "Happening",
    "MCPServer",
    "Mail",
    "Messages",
    "Mirrored",
    "MosaicCore",
    "Orchestrator",
    "PluginInfo",
    "Plugins",
    "Project",
    "Run",
    "Sent",
    "Spawned",
    "Tally",
    "Tony",
    "TonyAdapter",
    "Work",
    "create_mcp_server",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{home}", __name__), name)
    globals()[name] = value
    return value
