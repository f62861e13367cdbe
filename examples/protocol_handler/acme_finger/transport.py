"""Finger (RFC 1288): a client sends one line, and gets text until the connection closes."""

import socket
from collections.abc import Sequence
from typing import Any

import trio

from mosaic_hookspecs import Context, MosaicError, Principal, Unavailable

READER = Principal(name="finger", kind="service", permissions=frozenset({"run:read", "task:read"}))
"""Who asks: nobody says who they are in this protocol, so nobody may do more than read."""
LONGEST = 512


class FingerTransport:
    """Answers an empty line with the newest runs, and a run's name with that run."""

    def __init__(self, context: Context, host: str, port: int, seconds: float) -> None:
        self._context = context
        self._place = (host, port)
        self._seconds = seconds
        self.listening: socket.socket | None = None
        self._accepting = trio.CancelScope()
        self._finished: trio.Event | None = None

    @property
    def name(self) -> str:
        """What the configuration calls it."""
        return "finger"

    @property
    def addresses(self) -> Sequence[str]:
        """Where it listens, while it serves."""
        if self.listening is None or self._finished is None:
            return ()
        host, port, *_ = self.listening.getsockname()
        return (f"finger://{host}:{port}/",)

    def adopt(self, listening: socket.socket) -> None:
        """Take a listening socket over; one that is elsewhere is closed."""
        host, port, *_ = listening.getsockname()
        if host == self._place[0] and self._place[1] in (0, port):
            self.listening = listening
        else:
            listening.close()

    def close(self) -> None:
        """Listen no longer."""
        if self.listening is not None:
            self.listening.close()
            self.listening = None

    async def serve(self) -> None:
        """Serve until cancelled, or until `finish`; who has connected by then is answered."""
        if self.listening is None:
            self.listening = self._listen()
        listener = trio.SocketListener(trio.socket.from_stdlib_socket(self.listening.dup()))
        self._accepting, self._finished = trio.CancelScope(), trio.Event()
        try:
            async with listener, trio.open_nursery() as answers:
                with self._accepting:
                    await trio.serve_listeners(self._answer, [listener], handler_nursery=answers)
        finally:
            self._finished.set()
            self._finished = None
            self.close()

    async def finish(self) -> None:
        """Take no new clients, and answer those who are there."""
        self._accepting.cancel()
        if self._finished is not None:
            await self._finished.wait()

    def _listen(self) -> socket.socket:
        try:
            listening = socket.create_server(self._place)
            # A copy of a blocking socket makes all its copies block, and with them the event loop.
            listening.setblocking(False)
        except OSError as error:
            raise Unavailable(
                "cannot-listen",
                f"the finger transport cannot listen: {error.strerror or error}",
                where="plugins.finger",
                got="{}:{}".format(*self._place),
                hint="Set plugins.finger.port to another one; 0 takes any that is free.",
            ) from error
        return listening

    async def _answer(self, stream: trio.SocketStream) -> None:
        with trio.move_on_after(self._seconds):
            try:
                async with stream:
                    text = await self._text(await _line(stream))
                    # RFC 1288: lines end with CRLF, and control characters may do things to a terminal.
                    clean = "".join(c if c.isprintable() or c == "\n" else "?" for c in text)
                    await stream.send_all(clean.replace("\n", "\r\n").encode())
            except trio.BrokenResourceError:
                self._context.log.debug("finger.client_left")

    async def _text(self, query: str) -> str:
        try:
            if query:
                return _run(await self._context.dispatch("run.show", {"run_id": query}, READER))
            runs = (await self._context.dispatch("run.list", {"limit": 20}, READER)).items
        except MosaicError as error:
            return f"{error}\n"
        return "".join(f"{run.run_id}  {run.result}  {run.title}\n" for run in runs) or "No runs.\n"


def _run(run: Any) -> str:
    counts = ", ".join(f"{count} {state}" for state, count in run.counts.items())
    return f"Run: {run.run_id}\nTitle: {run.title}\nResult: {run.result}\nTasks: {counts or 'none'}\n"


async def _line(stream: trio.SocketStream) -> str:
    data = b""
    while b"\n" not in data and len(data) < LONGEST:
        more = await stream.receive_some(LONGEST)
        if not more:
            break
        data += more
    words = data.partition(b"\n")[0].decode("ascii", "replace").split()
    # `/W` asks for more words, of which there are none.
    return " ".join(word for word in words if word.upper() != "/W")
