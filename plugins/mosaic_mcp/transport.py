"""The provider of the transport port: Streamable HTTP on loopback, or one client on two descriptors.

What is lent to agents goes over HTTP: one that speaks on two descriptors listens too, from the first loan on.
"""

from __future__ import annotations

import secrets
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import MosaicError, NotFound, Refused, Unavailable
from mosaic_hookspecs.hooks import State

from .hosting import Host
from .lending.loans import Loans
from .mounted import Door
from .settings import WELL_KNOWN, Config
from .system import OwnSystem

if TYPE_CHECKING:
    from .endpoint import Endpoint

_BEGIN_SECONDS = 5.0


class McpTransport:
    """Serves operations over MCP. `trouble` says why it does not listen, `loans` who was lent a connection."""

    def __init__(self, context: Context, config: Config) -> None:
        self.loans = Loans(config.loans)
        self.trouble = ""
        self._context = context
        self._config = config
        self._listener: socket.socket | None = None
        self._is_serving = False
        self._endpoint: Endpoint | None = None
        self._host = Host(context)
        self._sessions: Sequence[Mapping[str, Any]] = ()
        self._left = trio.Event()
        self._wanted = trio.Event()
        self._listening = trio.Event()
        self._can_lend = False

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        return "mcp"

    @property
    def has_addresses(self) -> bool:
        """Whether it listens somewhere, when it serves."""
        return not self._config.stdio

    @property
    def addresses(self) -> Sequence[str]:
        """Where it listens."""
        if not self._is_serving:
            return ()
        hosted = self._host.url() if self.asgi_path else ""
        return tuple(f"{base}{self._config.path}" for base in (self._own_url(), hosted) if base)

    asgi_is_open = True
    """It asks for a token of its own."""

    @property
    def asgi(self) -> Door:
        """What is mounted there."""
        return Door(self._answer)

    @property
    def asgi_path(self) -> Sequence[str]:
        """Where a server that serves applications of others mounts this one; nowhere if it has its own port."""
        if self._config.wants_own_port or self._config.join:
            return ()
        return (self._config.path, WELL_KNOWN + self._config.path)

    async def _answer(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if self._endpoint is None and (self._wanted.is_set() or not self._config.stdio):
            with trio.move_on_after(_BEGIN_SECONDS):
                await self._listening.wait()
        if self._endpoint is None:
            raise NotFound("mcp-not-served", "MCP is not served here", got=self.trouble)
        await self._endpoint.asgi(scope, receive, send)

    def _own_url(self) -> str:
        if self._listener is None:
            return ""
        host, port = self._listener.getsockname()[:2]
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    async def serve(self) -> None:
        """Serve until cancelled, or until `drain` has let the last request finish."""
        self._can_lend = not self._config.join
        if self._listening.is_set():
            self._listening = trio.Event()
        try:
            if self._config.stdio:
                await self._serve_stdio()
            else:
                await self._serve_http()
        finally:
            self._can_lend = False
            self._listening.set()

    async def reached(self) -> str:
        """Return the address of the endpoint, once it listens.

        Raises:
            Unavailable: it does not, and will not (code ``mcp-not-served``).
        """
        self._wanted.set()
        if self._can_lend and not self._is_serving:
            await self._listening.wait()
        base = self._own_url() or await self._host.reached() if self._is_serving else ""
        if not base:
            raise Unavailable(
                "mcp-not-served",
                "MCP is not served here, so that no connection to it can be lent",
                got=self.trouble,
                hint="Run the task without one, or serve the system with `mosaic run`.",
            )
        return base + self._config.path

    async def _serve_http(self) -> None:
        # Most kernels serve nothing, and must not pay for what serving takes.
        from .endpoint import Endpoint
        from .guard import Guard, token_of

        config, hosted = self._config, ""
        is_for_agents = bool(config.stdio)
        try:
            if is_for_agents:
                token = secrets.token_urlsafe()  # nobody's
            else:
                token = token_of(self._context.state_directory) if config.token else ""
            if self._listener is None and not config.wants_own_port:
                hosted = await self._host.reached()
            if not hosted:
                self._listen()
        except (MosaicError, OSError) as error:
            self._cannot_listen(error)
            self._listening.set()
            return
        guard = Guard(config.path, token, self.loans, is_for_agents=is_for_agents)
        sessions, self._sessions = self._sessions, ()
        self._endpoint = Endpoint(OwnSystem(self._context), config, guard, self._context, sessions)
        self._is_serving = True
        self._listening.set()
        self._context.log.debug("mcp.listening", url=f"{self._own_url() or hosted}{config.path}")
        try:
            await self._endpoint.serve(self._listened)
        finally:
            self._endpoint = None
            self.close()

    def _listen(self) -> None:
        from .listening import listen

        if self._listener is None:
            config = self._config
            # A port that was chosen is the person's, and not for what an agent's own `mosaic mcp` lends.
            self._listener = listen(attrs.evolve(config, port=0) if config.stdio else config)

    def _cannot_listen(self, error: Exception) -> None:
        # Nobody can reach this system by HTTP then; what it does goes on.
        self.trouble = str(error)
        self._context.log.error("mcp.not_listening", error=error)

    async def _listened(self) -> trio.SocketListener | None:
        """Return where to listen by itself: at once, or when nobody serves this on a port any more."""
        if self._listener is None:
            await self._host.until_gone()
            try:
                self._listen()
            except (MosaicError, OSError) as error:
                self._cannot_listen(error)
        if self._listener is None:
            return None
        return trio.SocketListener(trio.socket.from_stdlib_socket(self._listener.dup()))

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
        """Take no more connections, and return when what is in flight has been answered."""
        if self._endpoint is not None:
            await self._endpoint.drain()

    def share(self) -> State | None:
        """Return what the next generation needs to listen where this one does, and go on with its sessions."""
        from .listening import shared

        if self._config.stdio and not self._left.is_set():
            raise Refused(
                "client-on-stdio",
                "an MCP client speaks to this plugin over standard input and output",
                hint="They cannot be handed over. Restart the MCP server in the client: it takes the new code.",
            )
        if self._listener is None and not self._is_serving:
            return None
        sessions = self._sessions if self._endpoint is None else self._endpoint.sessions()
        return shared(self._listener, self._config, {"sessions": sessions, "loans": self.loans.to_data()})

    def take_over(self, state: State) -> None:
        """Listen where the generation before does, and go on with its sessions and loans."""
        from .listening import taken_over

        self._sessions = state.data["sessions"]
        self.loans.take_over(state.data["loans"])
        if self._listener is None:
            self._listener = taken_over(state, self._config)

    def close(self) -> None:
        """Let go of the socket. May be called again."""
        self._is_serving = False
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()
