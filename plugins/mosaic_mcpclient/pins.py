"""What was seen of servers' tools, and what of it a person has approved: documents in the store.

They are no file of the project, on purpose: an approval is the act of a principal who may, recorded with who
and when, and seen by every process that shares the store. A file could be changed by whoever can write one,
and agents write files: a poisoned tool's approval would come in with a merged commit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import attrs

from mosaic_hookspecs import Context, NotFound, RecordEvent, Refused, change_document, documents_of

from .definitions import Definition

TOOLS = "mcpclient.tools"
SERVERS = "mcpclient.servers"
_FIRST_USE = "first use"
Standing = Literal["approved", "new", "changed", "gone"]


@attrs.frozen(kw_only=True)
class Approval:
    """What somebody approved: the definition, and what program or address it came from."""

    definition: Definition
    origin: str
    by: str
    at: int


@attrs.frozen(kw_only=True)
class Pin:
    """One tool as it was last seen (None: it is gone), and as it was approved (None: it never was)."""

    server: str
    tool: str
    origin: str = ""
    seen: Definition | None = None
    seen_at: int = 0
    approval: Approval | None = None

    def standing(self, origin: str) -> Standing:
        """Return how it stands for a server that is now this program or address."""
        if self.seen is None:
            return "gone"
        if self.approval is None:
            return "new"
        is_same = self.approval.definition.digest == self.seen.digest
        return "approved" if is_same and self.approval.origin == origin else "changed"


class Pins:
    """The pins in the store."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def find(self, server: str, tool: str) -> Pin | None:
        """Return the pin of one tool; None if it was never seen."""
        document = await self._storage.get_document(TOOLS, f"{server}/{tool}")
        return None if document is None else _pin(document.body)

    async def of_server(self, server: str) -> Mapping[str, Pin]:
        """Return the pins of a server's tools, by name."""
        pins = [_pin(one.body) for one in await documents_of(self._storage, TOOLS, f"{server}/")]
        return {pin.tool: pin for pin in pins}

    async def is_known(self, server: str, origin: str) -> bool:
        """Whether this server, as this program or address, was listed before."""
        document = await self._storage.get_document(SERVERS, server)
        return document is not None and document.body.get("origin") == origin

    async def record(
        self, server: str, origin: str, tools: Mapping[str, Definition], *, trusts_first_use: bool
    ) -> None:
        """Remember what a server offers now. What it offers the first time is approved, if that is trusted."""
        is_first = trusts_first_use and not await self.is_known(server, origin)
        now = self._context.clock.now()
        known = await self.of_server(server)
        for name, definition in tools.items():
            old = known.get(name)
            is_as_before = old is not None and old.seen is not None and old.seen.digest == definition.digest
            if old is not None and is_as_before and old.origin == origin and not is_first:
                continue
            if old is not None and old.standing(origin) == "approved" and not is_as_before:
                await self._tell("mcpclient.changed", server, name, definition.digest)
            await self._write(server, name, _seeing(definition, origin, now, approves=is_first))
        for name, old in known.items():
            if name not in tools and old.seen is not None:
                await self._write(server, name, _gone)
        await self._storage.put_document(SERVERS, server, {"server": server, "origin": origin})

    async def approve(self, server: str, tool: str, digest: str, by: str) -> Pin:
        """Pin a tool to what was last seen of it.

        Raises:
            NotFound: it was not seen, or is gone. Refused: what was seen is not what `digest` names.
        """
        now = self._context.clock.now()

        def approved(pin: Pin) -> Pin:
            if pin.seen is None:
                raise NotFound(
                    "no-tool",
                    f"the MCP server {server!r} offers no tool of this name that could be approved",
                    got=repr(tool)[:120],
                    hint=f"`mosaic mcp-servers review {server}` shows what there is.",
                )
            if digest and digest != pin.seen.digest:
                raise Refused(
                    "other-definition",
                    f"the tool {server}/{tool} is not what was reviewed any more",
                    expected=digest,
                    got=pin.seen.digest,
                    hint=f"Review it again: `mosaic mcp-servers review {server} {tool}`.",
                )
            approval = Approval(definition=pin.seen, origin=pin.origin, by=by, at=now)
            return attrs.evolve(pin, approval=approval)

        pin = await self._write(server, tool, approved)
        if pin.seen is not None:
            await self._tell("mcpclient.approved", server, tool, pin.seen.digest, by)
        return pin

    async def forget(self, server: str, tool: str, by: str) -> int:
        """Forget one tool, or with "" all of a server and that it was ever seen; return how many tools."""
        names = [tool] if tool else list(await self.of_server(server))
        count = 0
        for name in names:
            if await self._storage.delete_document(TOOLS, f"{server}/{name}"):
                count += 1
                await self._tell("mcpclient.forgotten", server, name, "", by)
        if not tool:
            await self._storage.delete_document(SERVERS, server)
        return count

    @property
    def _storage(self) -> Any:
        return self._context.port("storage").get()

    async def _tell(self, kind: str, server: str, tool: str, digest: str, by: str = "mcpclient") -> None:
        body = {"server": server, "tool": tool, "digest": digest}
        [outcome] = await self._storage.apply([RecordEvent(kind=kind, body=body)], by=by)
        if isinstance(outcome, Exception):
            raise outcome

    async def _write(self, server: str, tool: str, change: Callable[[Pin], Pin]) -> Pin:
        """Change a pin, though another process may be doing so too."""

        def changed(body: Any) -> tuple[Any, Pin]:
            new = change(Pin(server=server, tool=tool) if body is None else _pin(body))
            return _body(new), new

        return await change_document(self._storage, TOOLS, f"{server}/{tool}", changed)


def _seeing(definition: Definition, origin: str, now: int, *, approves: bool) -> Callable[[Pin], Pin]:
    approval = Approval(definition=definition, origin=origin, by=_FIRST_USE, at=now)

    def change(pin: Pin) -> Pin:
        seen = attrs.evolve(pin, origin=origin, seen=definition, seen_at=now)
        return attrs.evolve(seen, approval=approval) if approves else seen

    return change


def _gone(pin: Pin) -> Pin:
    return attrs.evolve(pin, seen=None)


def _body(pin: Pin) -> dict[str, Any]:
    approval = pin.approval
    return {
        "server": pin.server,
        "tool": pin.tool,
        "origin": pin.origin,
        "seen": None if pin.seen is None else dict(pin.seen.parts),
        "seen_at": pin.seen_at,
        "approval": None
        if approval is None
        else {
            "parts": dict(approval.definition.parts),
            "origin": approval.origin,
            "by": approval.by,
            "at": approval.at,
        },
    }


def _pin(body: Mapping[str, Any]) -> Pin:
    tool, seen, approval = body["tool"], body["seen"], body["approval"]
    return Pin(
        server=body["server"],
        tool=tool,
        origin=body["origin"],
        seen=None if seen is None else Definition(name=tool, parts=seen),
        seen_at=body["seen_at"],
        approval=None
        if approval is None
        else Approval(
            definition=Definition(name=tool, parts=approval["parts"]),
            origin=approval["origin"],
            by=approval["by"],
            at=approval["at"],
        ),
    )
