"""The provider of the transport port: takes connections, and hands its socket on when it is replaced."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import MosaicError, Unavailable
from mosaic_hookspecs.hooks import State

from .peers import is_same_user
from .settings import Config

if TYPE_CHECKING:
    from .connection import Connection
    from .listening import Listening

_GOODBYE_SECONDS = 1.0


class ControlTransport:
    """Serves operations to the processes of the same user. `trouble` says why it does not listen."""

    def __init__(self, context: Context, config: Config) -> None:
        self._context = context
        self._config = config
        self._listening: Listening | None = None
        self._connections: set[Connection] = set()
        self._accepting = trio.CancelScope()
        self._answered = trio.Event()
        self.trouble = ""

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        return "control"

    @property
    def addresses(self) -> Sequence[str]:
        """Where it listens."""
        return () if self._listening is None else (f"unix://{self._listening.path}",)

    async def serve(self) -> None:
        """Serve until cancelled, or until `drain` has let the last connection finish."""
        # Most kernels serve nothing, and must not pay for what serving takes.
        from .listening import Listening

        try:
            if self._listening is None:
                self._listening = Listening.begin(self._context.state_directory)
        except (MosaicError, OSError) as error:
            # Nobody can reach this system then; what it does goes on.
            self.trouble = str(error)
            self._context.log.error("control.not_listening", error=error)  # noqa: TRY400 - our own logger
            return
        self._context.log.debug("control.listening", path=str(self._listening.path))
        listener = trio.SocketListener(trio.socket.from_stdlib_socket(self._listening.socket.dup()))
        self._accepting = trio.CancelScope()
        try:
            async with trio.open_nursery() as nursery:
                with self._accepting:
                    await trio.serve_listeners(self._welcome, [listener], handler_nursery=nursery)
        finally:
            self.close()

    async def drain(self) -> None:
        """Take no more connections, end the streams, and return when what else was asked has been answered."""
        self._accepting.cancel()
        for connection in tuple(self._connections):
            connection.finish()
        while any(connection.waits_for_answers for connection in self._connections):
            self._answered = trio.Event()
            await self._answered.wait()

    def share(self) -> State | None:
        """Return what the next generation needs to listen where this one does."""
        return None if self._listening is None else self._listening.shared()

    def take_over(self, state: State) -> None:
        """Listen where the generation before does."""
        from .listening import Listening

        if self._listening is None:
            self._listening = Listening.taken_over(state, self._context.state_directory)

    def close(self) -> None:
        """Let go of the socket. May be called again."""
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.close()

    def _tell(self) -> None:
        self._answered.set()

    async def _welcome(self, stream: trio.SocketStream) -> None:
        from mosaic_hookspecs.wire import Failure, encode, error_to_data

        from .connection import Connection

        refusal = self._refusal(stream)
        if refusal is not None:
            with trio.move_on_after(_GOODBYE_SECONDS), contextlib.suppress(trio.BrokenResourceError):
                await stream.send_all(encode(Failure(id=None, error=error_to_data(refusal))))
            await trio.aclose_forcefully(stream)
            return
        connection = Connection(stream, self._context, self._config, self._tell)
        self._connections.add(connection)
        try:
            await connection.serve()
        except Exception as error:  # noqa: BLE001 - a boundary: one client must not end the others
            self._context.log.error("control.connection_failed", error=error)  # noqa: TRY400 - our own logger
        finally:
            self._connections.discard(connection)
            self._tell()

    def _refusal(self, stream: trio.SocketStream) -> MosaicError | None:
        if not is_same_user(stream.socket):
            self._context.log.warning("control.other_user")
            return Unavailable("other-user", "this Mosaic answers the user that runs it, and nobody else")
        if len(self._connections) >= self._config.connections:
            return Unavailable(
                "too-many-connections",
                "too many connections are open",
                expected=f"at most {self._config.connections}",
                hint="Close some, or raise plugins.control.connections.",
            )
        return None
