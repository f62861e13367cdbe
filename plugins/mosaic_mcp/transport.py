"""The provider of the transport port: Streamable HTTP on loopback, or one client on two descriptors."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import MosaicError, Refused
from mosaic_hookspecs.hooks import State

from .settings import Config
from .system import OwnSystem

if TYPE_CHECKING:
    from .endpoint import Endpoint


class McpTransport:
    """Serves operations over MCP. `trouble` says why it does not listen."""

    def __init__(self, context: Context, config: Config) -> None:
        self._context = context
        self._config = config
        self._listener: socket.socket | None = None
        self._is_serving = False
        self._endpoint: Endpoint | None = None
        self._left = trio.Event()
        self.trouble = ""

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
        if self._listener is None or not self._is_serving:
            return ()
        host, port = self._listener.getsockname()[:2]
        return (f"http://{f'[{host}]' if ':' in host else host}:{port}{self._config.path}",)

    async def serve(self) -> None:
        """Serve until cancelled, or until `drain` has let the last request finish."""
        if self._config.stdio:
            await self._serve_stdio()
            return
        # Most kernels serve nothing, and must not pay for what serving takes.
        from .endpoint import Endpoint
        from .guard import token_of
        from .listening import listen

        log = self._context.log
        try:
            token = token_of(self._context.state_directory) if self._config.token else ""
            if self._listener is None:
                self._listener = listen(self._config)
        except (MosaicError, OSError) as error:
            # Nobody can reach this system by HTTP then; what it does goes on.
            self.trouble = str(error)
            log.error("mcp.not_listening", error=error)  # noqa: TRY400 - our own logger
            return
        self._endpoint = Endpoint(OwnSystem(self._context), self._config, token, log)
        self._is_serving = True
        log.debug("mcp.listening", url=self.addresses[0])
        listener = trio.SocketListener(trio.socket.from_stdlib_socket(self._listener.dup()))
        try:
            await self._endpoint.serve(listener)
        finally:
            self.close()

    async def _serve_stdio(self) -> None:
        from .stdio import serve_stdio

        log, descriptors = self._context.log, self._config.stdio
        try:
            if not self._config.join:
                await serve_stdio(OwnSystem(self._context), self._config, log, descriptors)
                return
            from .joined import JoinedSystem

            async with JoinedSystem(Path(self._config.join)).joined() as system:
                await serve_stdio(system, self._config, log, descriptors)
        finally:
            self._left.set()

    async def until_left(self) -> None:
        """Return when the client on the two descriptors has left."""
        await self._left.wait()

    async def drain(self) -> None:
        """Take no more connections, and return when what is in flight has been answered."""
        if self._endpoint is not None:
            await self._endpoint.drain()

    def share(self) -> State | None:
        """Return what the next generation needs to listen where this one does."""
        from .listening import shared

        if self._config.stdio and not self._left.is_set():
            raise Refused(
                "client-on-stdio",
                "an MCP client speaks to this plugin over standard input and output",
                hint="They cannot be handed over. Restart the MCP server in the client: it takes the new code.",
            )
        return None if self._listener is None else shared(self._listener, self._config)

    def take_over(self, state: State) -> None:
        """Listen where the generation before does."""
        from .listening import taken_over

        if self._listener is None:
            self._listener = taken_over(state, self._config)

    def close(self) -> None:
        """Let go of the socket. May be called again."""
        self._is_serving = False
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()
