"""The transport: listens, and gives each connection a conversation."""

from __future__ import annotations

from collections.abc import Sequence

import trio
from mosaic_hookspecs import Context, Principal, Unavailable

from .conversation import Conversation

_HOST = "127.0.0.1"


class LinesTransport:
    """`mosaic_hookspecs.Transport` on a loopback port.

    Args:
        context: the plugin's.
        port: where to listen; 0: wherever there is room.
        strangers: what a client may do that has not authenticated.
    """

    name = "sample"

    def __init__(self, context: Context, port: int, strangers: Sequence[str]) -> None:
        self._context = context
        self._port = port
        self._stranger = Principal(name="stranger", permissions=frozenset(strangers))
        self._given: trio.socket.SocketType | None = None
        self.listening: trio.socket.SocketType | None = None

    @property
    def addresses(self) -> Sequence[str]:
        """Where it listens now."""
        if self.listening is None:
            return ()
        host, port = self.listening.getsockname()[:2]
        return (f"tcp://{host}:{port}",)

    async def serve(self) -> None:
        """Listen until cancelled; connections end with it."""
        given, self._given = self._given, None
        listening = given or await self._bound()
        async with trio.SocketListener(listening) as listener:
            self.listening = listening
            try:
                await trio.serve_listeners(self._talk, [listener])
            finally:
                self.listening = None

    def take_over(self, listening: trio.socket.SocketType) -> None:
        """Listen on the socket of the generation before, if that is the port which is configured now."""
        if self._port in (0, listening.getsockname()[1]):
            self._given = listening
        else:
            listening.close()

    def close(self) -> None:
        """Close what was taken over and never served. Idempotent."""
        if self._given is not None:
            self._given.close()
            self._given = None

    async def _talk(self, stream: trio.SocketStream) -> None:
        await Conversation(self._context, stream, self._stranger).run()

    async def _bound(self) -> trio.socket.SocketType:
        made = trio.socket.socket()
        try:
            made.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_REUSEADDR, 1)
            await made.bind((_HOST, self._port))
            made.listen()
        except OSError as error:
            made.close()
            raise Unavailable(
                "port-taken",
                f"cannot listen on {_HOST}:{self._port}: {error.strerror}",
                where="plugins.sample.port",
                hint="Choose another port, or end what listens there.",
            ) from error
        return made
