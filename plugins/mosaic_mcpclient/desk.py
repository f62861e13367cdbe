"""Answers the operations: who may see and do what with the configured servers.

Owns the rule that approving is a person's act: no agent, workflow or plugin approves, whatever permissions it
has, and only persons see what was not approved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mosaic_hookspecs import Call, Denied, InputError, MosaicError, NotFound, Principal

from .definitions import Listing
from .pins import Pin, Pins
from .records import (
    Answer,
    Approved,
    ApproveTools,
    AskServers,
    AskTools,
    CallTool,
    ForgetTools,
    Forgotten,
    Review,
    Reviews,
    ReviewTools,
    Servers,
    ServerView,
    Tools,
    ToolView,
)
from .refusals import not_allowed
from .server import Server

APPROVE = "mcpclient:approve"
_WAITING = ("new", "changed")


class Desk:
    """The operations over the servers of one generation."""

    def __init__(self, servers: Mapping[str, Server], pins: Pins) -> None:
        self._servers = servers
        self._pins = pins

    async def list_servers(self, request: AskServers, call: Call) -> Servers:
        """Answer ``mcpclient.servers``."""
        views = [await self._view(server) for server in self._visible(call.principal)]
        return Servers(servers=views)

    async def list_tools(self, request: AskTools, call: Call) -> Tools:
        """Answer ``mcpclient.tools``."""
        if request.server:
            chosen: Sequence[Server] = [self._find(request.server, call.principal)]
        else:
            chosen = self._visible(call.principal)
        views: list[ToolView] = []
        waiting, unreachable = 0, []
        for server in chosen:
            try:
                pins = await server.known(refresh=request.refresh)
            except MosaicError:
                if request.server:
                    raise
                unreachable.append(server.name)
                continue
            standings = {name: pin.standing(server.origin) for name, pin in pins.items()}
            waiting += sum(standing in _WAITING for standing in standings.values())
            views += [
                view
                for name, pin in pins.items()
                if standings[name] == "approved" and (view := _approved_view(pin)) is not None
            ]
        return Tools(tools=views, waiting=waiting, unreachable=unreachable)

    async def call(self, request: CallTool, call: Call) -> Answer:
        """Answer ``mcpclient.call``."""
        server = self._find(request.server, call.principal)
        return await server.call(request.tool, request.arguments, tells_difference=_is_reviewer(call.principal))

    async def review(self, request: ReviewTools, call: Call) -> Reviews:
        """Answer ``mcpclient.review``."""
        _require_person(call.principal, "look at what is not approved")
        server = self._find(request.server, call.principal)
        listing = await server.list(fresh=True)
        pins = await self._pins.of_server(server.name)
        reviews = _reviews(server, listing, pins)
        if request.tool:
            reviews = [one for one in reviews if one.tool == request.tool]
            if not reviews:
                raise NotFound(
                    "no-tool", f"the MCP server {server.name!r} has no such tool", got=repr(request.tool)[:120]
                )
        return Reviews(server=server.name, tools=reviews)

    async def approve(self, request: ApproveTools, call: Call) -> Approved:
        """Answer ``mcpclient.approve``."""
        _require_person(call.principal, "approve tools")
        if request.digest and not request.tool:
            raise InputError("no-tool", "a digest is that of one tool", where="tool", expected="its name")
        server = self._find(request.server, call.principal)
        pins = await server.known()
        names = [request.tool] if request.tool else [
            name for name, pin in pins.items() if pin.standing(server.origin) in _WAITING
        ]  # fmt: skip
        for name in names:
            if not server.entry.permits(name):
                raise not_allowed(server.name, name)
            await self._pins.approve(server.name, name, request.digest, call.principal.name)
        return Approved(tools=names)

    async def forget(self, request: ForgetTools, call: Call) -> Forgotten:
        """Answer ``mcpclient.forget``."""
        _require_person(call.principal, "forget approvals")
        count = await self._pins.forget(request.server, request.tool, call.principal.name)
        return Forgotten(tools=count)

    def _visible(self, principal: Principal) -> Sequence[Server]:
        return [server for server in self._servers.values() if _may_use(principal, server)]

    def _find(self, name: str, principal: Principal) -> Server:
        server = self._servers.get(name)
        if server is None or not _may_use(principal, server):
            known = ", ".join(one.name for one in self._visible(principal))
            raise NotFound(
                "no-server",
                "there is no such MCP server for you",
                expected=known or "none is configured",
                got=repr(name)[:80],
                hint="" if known else "A person can add one under plugins.mcpclient.servers.",
            )
        return server

    async def _view(self, server: Server) -> ServerView:
        is_known = await self._pins.is_known(server.name, server.origin)
        pins = await self._pins.of_server(server.name) if is_known else {}
        standings = [pin.standing(server.origin) for name, pin in pins.items() if server.entry.permits(name)]
        return ServerView(
            name=server.name,
            transport="http" if server.entry.url else "stdio",
            state=server.state,
            protocol=server.protocol,
            trust=server.entry.trust,
            is_known=is_known,
            approved=standings.count("approved"),
            waiting=sum(standing in _WAITING for standing in standings),
            detail="it has failed too often; Mosaic's log says why" if server.state == "parked" else "",
        )


def _may_use(principal: Principal, server: Server) -> bool:
    if principal.kind != "agent":
        return True
    return server.entry.serves(principal.name.removeprefix("agent:"))


def _is_reviewer(principal: Principal) -> bool:
    return principal.kind == "user" and principal.may(APPROVE)


def _require_person(principal: Principal, doing: str) -> None:
    if not _is_reviewer(principal):
        raise Denied(
            "needs-a-person",
            f"only a person may {doing} of external servers",
            expected=f"a user with the permission {APPROVE!r}",
            got=f"{principal.kind} {principal.name!r}",
            hint="Ask the person to run `mosaic mcp-servers review`.",
        )


def _approved_view(pin: Pin) -> ToolView | None:
    if pin.approval is None:
        return None
    definition = pin.approval.definition
    return ToolView(
        server=pin.server,
        tool=pin.tool,
        description=definition.description,
        input_schema=definition.schema("inputSchema"),
        output_schema=definition.schema("outputSchema"),
        annotations=definition.schema("annotations"),
    )


def _reviews(server: Server, listing: Listing, pins: Mapping[str, Pin]) -> list[Review]:
    found: list[Review] = []
    for name, now in listing.tools.items():
        pin = pins.get(name)
        is_allowed = server.entry.permits(name)
        approval = None if pin is None else pin.approval
        found.append(
            Review(
                tool=name,
                standing=pin.standing(server.origin) if pin is not None and is_allowed else "denied",
                digest=now.digest,
                description=now.description,
                input_schema=now.schema("inputSchema"),
                output_schema=now.schema("outputSchema"),
                annotations=now.schema("annotations"),
                warnings=now.warnings(),
                difference="" if approval is None else approval.definition.difference(now),
                approved_by="" if approval is None else approval.by,
                approved_at=0 if approval is None else approval.at,
            )
        )
    gone = [name for name in pins if name not in listing.tools]
    found += [Review(tool=name, standing="gone") for name in gone]
    found += [
        Review(tool=name, standing="refused", warnings=[reason]) for name, reason in listing.refused.items()
    ]
    return found
