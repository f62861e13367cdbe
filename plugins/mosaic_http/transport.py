"""The provider of the transport port: one server on one port, which the generations hand on.

Where that port is encrypted there is a second one at loopback, without TLS, for the programs and agents of this
machine, which know nothing of its certificate: it leads to what lets them in by itself, such as MCP, alone.
"""

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

    from .lasting.calls import LongCalls
    from .listening import Listeners
    from .serving.server import Server

_BEGIN_SECONDS = 0.25


class HttpTransport:
    """Serves operations over HTTP, and applications of other plugins. `trouble` says why it does not listen."""

    serves_mounts = True

    def __init__(self, context: Context, config: Config) -> None:
        self.trouble = ""
        self._context = context
        self._config = config
        self._browsers = Browsers(config, context.clock, self._keep)
        self._port = 0
        self._recalls = True
        self._listeners: Listeners | None = None
        self._is_serving = False
        self._servers: Sequence[Server] = ()
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
        """Where it listens: first as it is configured, then where that is without TLS."""
        if self._listeners is None or not self._is_serving:
            return ()
        near = self._listeners.near
        return (self._public_url(self._listeners), *(() if near is None else (_url("http", near),)))

    async def reached(self) -> str:
        """Return where programs of this machine reach it, without TLS, as soon as that is known.

        Raises:
            Unavailable: it does not listen (code ``http-not-served``).
        """
        listeners = await self._known_listeners()
        return self._public_url(listeners) if listeners.near is None else _url("http", listeners.near)

    async def _known_listeners(self) -> Listeners:
        if self._listeners is None:
            # Where a system does not serve, nobody ever says so.
            with trio.move_on_after(_BEGIN_SECONDS):
                await self._known.wait()
        if self._listeners is None:
            raise self._not_served()
        return self._listeners

    def _public_url(self, listeners: Listeners) -> str:
        return _url("https" if self._config.tls_certificate else "http", listeners.public)

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
        base = self._public_url(await self._known_listeners())
        secret, until = self._browsers.new_link()
        if self._config.names and self._config.tls_certificate:
            base = f"https://{self._config.names[0]}:{base.rstrip('/').rpartition(':')[2]}/"
        return f"{base}login?code={secret}", until

    async def serve(self) -> None:
        """Serve until cancelled, or until `drain` has let the last request finish."""
        # Most kernels serve nothing, and must not pay for what serving takes.
        from .listening import listeners, tls_of
        from .restarts import Kept, read_kept
        from .tokens import token_of

        log, config = self._context.log, self._config
        if self._known.is_set():
            self._known = trio.Event()
        try:
            token = token_of(self._context.state_directory)
            tls = tls_of(config, self._context.project_directory)
            kept = read_kept(self._context.state_directory)
            own = self._listeners = listeners(config, self._listeners, kept.port)
        except (MosaicError, OSError) as error:
            # Nobody can reach this system by HTTP then; what it does goes on.
            self.trouble = str(error)
            log.error("http.not_listening", error=error)  # noqa: TRY400 - our own logger
            return
        finally:
            self._known.set()
        self._port = own.public.getsockname()[1]
        if self._recalls and self._port == kept.port:
            # Who was sent the cookies of another port since must not get in with them at this one.
            self._browsers.recall(kept.sessions)
        self._recalls = False
        if kept != Kept(port=self._port, sessions=self._browsers.sessions):
            self._keep()
        try:
            # Once it listens, and beside the loop: where nothing of it was compiled yet, that takes a second.
            await trio.to_thread.run_sync(_load)
            from .app import Application
            from .guard import Guard
            from .lasting.calls import LongCalls
            from .serving.server import Server

            async with trio.open_nursery() as nursery:
                guard = Guard(config, token, self._browsers, self._context)
                self._long = LongCalls(self._context, config, nursery, self._calls)
                app = Application(self._context, config, guard, self._browsers, self._long, nursery)
                await nursery.start(app.follow_operations)
                self._long.go_on()
                places = [(Server(app, config, log, tls), own.public)]
                if own.near is not None:
                    places.append((Server(app.near, config, log), own.near))
                self._servers = [server for server, _ in places]
                self._is_serving = True
                log.debug("http.listening", url=self.addresses[0])
                async with trio.open_nursery() as serving:
                    for server, listener in places:
                        copy = trio.socket.from_stdlib_socket(listener.dup())
                        serving.start_soon(server.serve, trio.SocketListener(copy))
                await self._until_done()
                nursery.cancel_scope.cancel()
        finally:
            self.close()

    async def drain(self) -> None:
        """Take no more connections, and return when what is in flight has been answered."""
        async with trio.open_nursery() as nursery:
            for server in self._servers:
                nursery.start_soon(server.drain)
        await self._until_done()

    async def _until_done(self) -> None:
        if self._long is not None and self._is_followed:
            await self._long.drain()

    def share(self) -> State | None:
        """Return what the next generation needs to listen where this one does, and know the same browsers and
        calls.
        """
        from .listening import shared

        if self._listeners is None:
            return None
        self._is_followed = True
        return shared(self._listeners, self._config, self._calls, {"browsers": self._browsers.to_data()})

    def take_over(self, state: State) -> None:
        """Listen where the generation before does, and know the browsers and calls that it knew."""
        from .listening import CALLS, taken_over

        self._browsers.take_over(state.data["browsers"])
        self._recalls = False
        self._calls = state.resources.get(CALLS, {})
        if self._listeners is None:
            self._listeners = taken_over(state, self._config)

    def _keep(self) -> None:
        from .restarts import Kept, write_kept

        try:
            kept = Kept(port=self._port, sessions=self._browsers.sessions)
            write_kept(self._context.state_directory, kept)
        except OSError as error:
            # It is served all the same; who is signed in has to sign in again after the next start.
            self._context.log.warning("http.not_kept", error=error)

    def close(self) -> None:
        """Let go of the sockets. May be called again."""
        self._is_serving = False
        listeners, self._listeners = self._listeners, None
        if listeners is not None:
            listeners.close()


def _url(scheme: str, listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}/"


def _load() -> None:
    """Import what serves."""
    from . import app, guard  # noqa: F401 - to have them loaded
    from .lasting import calls  # noqa: F401
    from .serving import server  # noqa: F401
