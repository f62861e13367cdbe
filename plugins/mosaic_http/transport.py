"""The provider of the transport port: one server on one port, which the generations hand on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import MosaicError, Unavailable
from mosaic_hookspecs.hooks import State

from .browsers import Browsers
from .settings import Config

if TYPE_CHECKING:
    import socket
    import ssl

    from .lasting.calls import LongCalls
    from .serving.server import Server


_BEGIN_SECONDS = 0.25


class HttpTransport:
    """Serves operations over HTTP, and applications of other plugins. `trouble` says why it does not listen."""

    serves_mounts = True

    def __init__(self, context: Context, config: Config) -> None:
        self.trouble = ""
        self._context = context
        self._config = config
        self._browsers = Browsers(config, context.clock)
        self._listener: socket.socket | None = None
        self._is_serving = False
        self._server: Server | None = None
        self._known = trio.Event()
        self._calls: dict[str, dict[str, Any]] = {}
        self._long: LongCalls | None = None
        self._is_followed = False

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        return "http"

    @property
    def addresses(self) -> Sequence[str]:
        """Where it listens."""
        if self._listener is None or not self._is_serving:
            return ()
        return (self._url(self._listener),)

    async def reached(self) -> str:
        """Return where it listens, as soon as that is known.

        Raises:
            Unavailable: it does not (code ``http-not-served``).
        """
        if self._listener is None:
            # Where a system does not serve, nobody ever says so.
            with trio.move_on_after(_BEGIN_SECONDS):
                await self._known.wait()
        if self._listener is None:
            raise self._not_served()
        return self._url(self._listener)

    def _url(self, listener: socket.socket) -> str:
        host, port = listener.getsockname()[:2]
        scheme = "https" if self._config.tls_certificate else "http"
        return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/"

    def _not_served(self) -> Unavailable:
        return Unavailable(
            "http-not-served",
            "Mosaic is not served over HTTP here",
            got=self.trouble,
            hint="Serve it with `mosaic run`; `mosaic open` asks the system that runs.",
        )

    async def link(self) -> tuple[str, int]:
        """Return a link that signs a browser in, and until when.

        Raises:
            Unavailable: it is not served (code ``http-not-served``).
        """
        base = await self.reached()
        secret, until = self._browsers.new_link()
        if self._config.names and self._config.tls_certificate:
            base = f"https://{self._config.names[0]}:{base.rstrip('/').rpartition(':')[2]}/"
        return f"{base}login?code={secret}", until

    async def serve(self) -> None:
        """Serve until cancelled, or until `drain` has let the last request finish."""
        # Most kernels serve nothing, and must not pay for what serving takes.
        from .app import Application
        from .guard import Guard
        from .lasting.calls import LongCalls
        from .listening import listen, tls_of
        from .serving.server import Server
        from .tokens import token_of

        log, config = self._context.log, self._config
        tls: ssl.SSLContext | None = None
        if self._known.is_set():
            self._known = trio.Event()
        try:
            token = token_of(self._context.state_directory)
            tls = tls_of(config, self._context.project_directory)
            if self._listener is None:
                self._listener = listen(config)
        except (MosaicError, OSError) as error:
            # Nobody can reach this system by HTTP then; what it does goes on.
            self.trouble = str(error)
            log.error("http.not_listening", error=error)  # noqa: TRY400 - our own logger
            return
        finally:
            self._known.set()
        try:
            async with trio.open_nursery() as nursery:
                guard = Guard(config, token, self._browsers, self._context)
                self._long = LongCalls(self._context, config, nursery, self._calls)
                app = Application(self._context, config, guard, self._browsers, self._long, nursery)
                await nursery.start(app.follow_operations)
                self._long.go_on()
                self._server = Server(app, config, log, tls)
                self._is_serving = True
                log.debug("http.listening", url=self.addresses[0])
                copy = trio.socket.from_stdlib_socket(self._listener.dup())
                await self._server.serve(trio.SocketListener(copy))
                nursery.cancel_scope.cancel()
        finally:
            self.close()

    async def drain(self) -> None:
        """Take no more connections, and return when what is in flight has been answered."""
        if self._server is not None:
            await self._server.drain()
        if self._long is not None and self._is_followed:
            await self._long.drain()

    def share(self) -> State | None:
        """Return what the next generation needs to listen where this one does, and know the same browsers and
        calls.
        """
        from .listening import shared

        if self._listener is None:
            return None
        self._is_followed = True
        return shared(self._listener, self._config, self._calls, {"browsers": self._browsers.to_data()})

    def take_over(self, state: State) -> None:
        """Listen where the generation before does, and know the browsers and calls that it knew."""
        from .listening import CALLS, taken_over

        self._browsers.take_over(state.data["browsers"])
        self._calls = state.resources.get(CALLS, {})
        if self._listener is None:
            self._listener = taken_over(state, self._config)

    def close(self) -> None:
        """Let go of the socket. May be called again."""
        self._is_serving = False
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()
