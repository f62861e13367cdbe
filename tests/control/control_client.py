"""A client of the control socket, and the kernel as the transport sees it."""

import os

import attrs
import trio

from mosaic_hookspecs import NotFound, Refused
from mosaic_hookspecs.wire import LineBuffer, Request, decode, encode


@attrs.frozen(kw_only=True)
class Answer:
    text: str
    sizes: frozenset[int] = frozenset()


def open_files():
    """Return how many files this process has open."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - a count, no paths


class Lines:
    def __init__(self):
        self.lines = []

    def __getattr__(self, level):
        return lambda event, **facts: self.lines.append((level, event, facts))

    def events(self):
        return [event for _, event, _ in self.lines]


class Served:
    """A kernel that has a few operations: they answer, wait, fail, or stream."""

    plugin = "control"

    def __init__(self, directory):
        self.state_directory = directory
        self.log = Lines()
        self.asked = []
        self.cancelled = []
        self.waiting = trio.Event()
        self.someone_left = trio.Event()
        self.release = trio.Event()
        self.undos = []

    async def dispatch(self, operation, data, principal=None):
        self.asked.append((operation, dict(data), principal))
        await trio.lowlevel.checkpoint()
        if operation in {"wait", "plugins.disable"}:
            self.waiting.set()
            try:
                await self.release.wait()
            except trio.Cancelled:
                self.leave(operation)
                raise
        elif operation == "refuse":
            raise Refused("not-now", "not now", where="here", expected="then", got="now", hint="Wait.")
        elif operation == "break":
            raise ZeroDivisionError("a mistake in a handler")
        elif operation == "odd":
            return object()
        elif operation == "large":
            return Answer(text="x" * 40 * 2**20)
        return Answer(text=operation, sizes=frozenset({3, 1}))

    async def follow(self, operation, data, principal=None):
        if operation != "count":
            raise NotFound("unknown-operation", f"there is no operation {operation!r}")
        number = 0
        try:
            while number < data.get("to", 10**9):
                number += 1
                await trio.lowlevel.checkpoint()
                yield Answer(text=data.get("text", "x") * data.get("size", 1), sizes=frozenset({number}))
        finally:
            self.leave(number)

    def leave(self, what):
        self.cancelled.append(what)
        self.someone_left.set()
        self.someone_left = trio.Event()

    async def left(self, count):
        """Wait until so many calls and streams have ended early."""
        with trio.fail_after(10):
            while len(self.cancelled) < count:
                await self.someone_left.wait()

    def on_cleanup(self, undo):
        self.undos.append(undo)


class Client:
    """Speaks with the socket of a transport."""

    def __init__(self, stream):
        self.stream = stream
        self._lines = LineBuffer()
        self._messages = []

    async def send(self, method, operation="", data=None, number=1):
        params = {"operation": operation, "input": data or {}}
        await self.stream.send_all(encode(Request(id=number, method=method, params=params)))

    async def receive(self):
        """Return the next message; None when the other side has closed."""
        with trio.fail_after(10):
            while not self._messages:
                data = await self.stream.receive_some(2**16)
                if not data:
                    return None
                self._messages += [decode(line) for line in self._lines.feed(data)]
        return self._messages.pop(0)

    async def call(self, operation, data=None, number=1):
        await self.send("dispatch", operation, data, number)
        return await self.receive()
