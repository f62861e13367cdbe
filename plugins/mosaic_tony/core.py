"""MosAIc Core as a program sees it: what a team shares."""

from __future__ import annotations

from .orchestrator import Orchestrator
from .server import MCPServer


class MosaicCore:
    """A shared system; `orchestrator` is what one gives to `Tony`."""

    def __init__(self, *, mcp: MCPServer) -> None:
        self.mcp = mcp
        self.orchestrator = Orchestrator(mcp)
