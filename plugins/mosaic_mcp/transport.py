"""The provider of the transport port: Streamable HTTP at the port of the plugin ``http``, or one client on two
descriptors.

What is lent to agents goes over HTTP: one that speaks on two descriptors is served there too, from the first
loan on.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import NotFound, Refused, Unavailable
from mosaic_hookspecs.hooks import State

from .hosting import Host
from .lending.loans import Loans
from .mounted import Door
from .settings import WELL_KNOWN, Config
from .system import OwnSystem

if TYPE_CHECKING:
    from .endpoint import Endpoint

_BEGIN_SECONDS = 5.0
_NO_HOST = "the plugin http does not serve here, and MCP over HTTP is on its port"


class McpTransport:
    """Serves operations over MCP. `loans` says who was lent a connection, `asgi` is what is mounted at
    `asgi_path`.
    """

    has_addresses = False
    """It listens nowhere by itself."""

    def __init__(self, context: Context, config: Config) -> None:
        self.loans = Loans(config.loans)
        self._context = context
        self._config = config
        self._trouble = ""
        self._is_serving = False
        self._endpoint: Endpoint | None = None
        self._host = Host(context)
        self._sessions: Sequence[Mapping[str, Any]] = ()
        self._left = trio.Event()
        self._wanted = trio.Event()
        self._begun = trio.Event()
        self._can_lend = False
        self.asgi = Door(self._answer)

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        return "mcp"

    @property
    def addresses(self) -> Sequence[str]:
        """Where it is reached."""
        if not self._is_serving:
            return ()
        return tuple(f"{url}{self._config.path}" for url in self._host.urls())

    async def trouble(self) -> str:
        """Return why it is not reached by HTTP, though it serves; "" if it is."""
        if self._is_serving and not self._trouble and not self._config.stdio and not await self._host.reached():
            return _NO_HOST
        return self._trouble

    asgi_is_open = True
    """It asks for a token of its own."""

    @property
    def asgi_path(self) -> Sequence[str]:
        """Where a server that serves applications of others mounts this one."""
        if self._config.join:
            return ()
        return (self._config.path, WELL_KNOWN + self._config.path)

    async def _answer(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if self._endpoint is None and (self._wanted.is_set() or not self._config.stdio):
            with trio.move_on_after(_BEGIN_SECONDS):
                await self._begun.wait()
        if self._endpoint is None:
            raise NotFound("mcp-not-served", "MCP is not served here", got=self._trouble)
        await self._endpoint.asgi(scope, receive, send)

    async def serve(self) -> None:
        """Serve until cancelled, or until `drain` has let the last request finish."""
        self._can_lend = not self._config.join
        if self._begun.is_set():
            self._begun = trio.Event()
        try:
            if self._config.stdio:
                await self._serve_stdio()
            else:
                await self._serve_http()
        finally:
            self._can_lend = False
            self._begun.set()

    async def reached(self) -> str:
        """Return the address of the endpoint, once it is served.

        Raises:
            Unavailable: it is not, and will not be (code ``mcp-not-served``).
        """
        self._wanted.set()
        if self._can_lend and not self._is_serving:
            await self._begun.wait()
        base = await self._host.reached() if self._is_serving else ""
        if not base:
            raise Unavailable(
                "mcp-not-served",
                "MCP is not served here, so that no connection to it can be lent",
                got=self._trouble or (_NO_HOST if self._is_serving else ""),
                hint="Run the task without one, or serve the system with `mosaic run` and the plugin http.",
            )
        return base + self._config.path

    async def _serve_http(self) -> None:
        # Most kernels serve nothing, and must not pay for what serving takes.
        from .endpoint import Endpoint
        from .guard import Guard, token_of

        config = self._config
        is_for_agents = bool(config.stdio)
        try:
            if is_for_agents:
                token = secrets.token_urlsafe()  # nobody's
            else:
                token = token_of(self._context.state_directory) if config.token else ""
        except OSError as error:
            # Nobody can reach this system by MCP then; what it does goes on.
            self._trouble = str(error)
            self._context.log.error("mcp.not_served", error=error)  # noqa: TRY400 - our own logger
            return
        guard = Guard(config.path, token, self.loans, is_for_agents=is_for_agents)
        sessions, self._sessions = self._sessions, ()
        self._endpoint = Endpoint(OwnSystem(self._context), config, guard, self._context, sessions)
        self._is_serving = True
        self._begun.set()
        try:
            await self._endpoint.serve()
        finally:
            self._endpoint = None
            self._is_serving = False

    async def _serve_stdio(self) -> None:
        from .stdio import serve_stdio

        log, descriptors = self._context.log, self._config.stdio
        try:
            if self._config.join:
                from .joined import JoinedSystem

                async with JoinedSystem(Path(self._config.join)).joined() as system:
                    await serve_stdio(system, self._config, log, descriptors)
                return
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._serve_agents)
                await serve_stdio(OwnSystem(self._context), self._config, log, descriptors, self._context)
                nursery.cancel_scope.cancel()
        finally:
            self._left.set()

    async def _serve_agents(self) -> None:
        await self._wanted.wait()
        await self._serve_http()

    async def until_left(self) -> None:
        """Return when the client on the two descriptors has left."""
        await self._left.wait()

    async def drain(self) -> None:
        """Return when what is in flight has been answered."""
        if self._endpoint is not None:
            await self._endpoint.drain()

    def share(self) -> State | None:
        """Return what the next generation needs to go on with the sessions and the loans of this one."""
        if self._config.stdio and not self._left.is_set():
            raise Refused(
                "client-on-stdio",
                "an MCP client speaks to this plugin over standard input and output",
                hint="They cannot be handed over. Restart the MCP server in the client: it takes the new code.",
            )
        if not self._is_serving:
            return None
        sessions = self._sessions if self._endpoint is None else self._endpoint.sessions()
        return State(version=2, data={"sessions": sessions, "loans": self.loans.to_data()})

    def take_over(self, state: State) -> None:
        """Go on with the sessions and the loans of the generation before."""
        self._sessions = state.data["sessions"]
        self.loans.take_over(state.data["loans"])
