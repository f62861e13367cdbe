"""Messages of one agent or person: written to others, and read."""

from __future__ import annotations

from collections.abc import Sequence

from .server import MCPServer
from .views import Mail, Sent, record_of


class Messages:
    """The mail of `name`."""

    def __init__(self, mcp: MCPServer, name: str) -> None:
        self.name = name
        self._mcp = mcp

    async def send(self, text: str, *, to: str = "", subject: str = "", in_reply_to: str = "") -> Sent:
        """Write to a name, ``role:LABEL``, ``topic:NAME`` or ``all``, or answer a message. It reaches those who
        have read their mail once; look at `Sent.dead` for the others.
        """
        about = {"to": to, "subject": subject, "in_reply_to": in_reply_to}
        return record_of(Sent, await self._mcp.call("message.send", name=self.name, text=text, **about))

    async def read(
        self,
        *,
        wait_seconds: float = 0.0,
        limit: int = 20,
        acknowledge: Sequence[str] = (),
        again: bool = False,
    ) -> Sequence[Mail]:
        """Return what is new, or wait for it; what is not acknowledged, here or later, comes again."""
        about = {"wait_seconds": wait_seconds, "limit": limit, "acknowledge": list(acknowledge), "again": again}
        found = await self._mcp.call("message.read", name=self.name, **about)
        return [record_of(Mail, one) for one in found["items"]]

    async def acknowledge(self, *ids: str) -> None:
        """Say that these are done with."""
        await self._mcp.call("message.acknowledge", name=self.name, ids=list(ids))
