"""Clients that see every byte: of HTTP, of server-sent events, and of WebSockets."""

import json
import os
from contextlib import asynccontextmanager

import trio
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, CloseConnection, Ping, RejectConnection, Request, TextMessage

from mosaic_http.tokens import token_of

PATIENCE = 120 if float(os.environ.get("MOSAIC_CHAOS", "1")) > 1 else 10
"""Seconds to wait for something to be read."""
WORKFLOW = """
jobs:
  hello: {steps: [{run: "echo hello"}]}
"""


async def until(is_so, seconds=10):
    with trio.fail_after(seconds):
        while not is_so():  # noqa: ASYNC110 - what the kernel does elsewhere can only be looked at
            await trio.sleep(0.005)


class Elsewhere:
    """Stands for a kernel in another process."""

    def __init__(self, place, bearer):
        self.place = place
        self.bearer = bearer


def place_of(kernel):
    if isinstance(kernel, Elsewhere):
        return kernel.place
    url = kernel.port("transport").get("http").addresses[0]
    host, _, port = url.split("//")[1].strip("/").rpartition(":")
    return host, int(port)


def bearer(kernel):
    if isinstance(kernel, Elsewhere):
        return kernel.bearer
    return f"Bearer {token_of(kernel.state_directory)}"


async def received(stream, seconds=10):
    """Return all that comes until the other side closes."""
    data = b""
    with trio.fail_after(seconds):
        try:
            async for part in stream:
                data += part
        except trio.BrokenResourceError:
            pass
    return data


@asynccontextmanager
async def raw(kernel, text):
    """Send bytes, or lines without ends of lines."""
    async with await trio.open_tcp_stream(*place_of(kernel)) as stream:
        await stream.send_all(text)
        yield stream


def head(kernel, method, path, **headers):
    lines = {"host": "localhost", "authorization": bearer(kernel), **headers}
    given = [(name.replace("_", "-"), value) for name, value in lines.items() if value is not None]
    told = "".join(f"{name}: {value}\r\n" for name, value in given)
    return f"{method} {path} HTTP/1.1\r\n{told}\r\n".encode()


class Events:
    """Reads server-sent events of one stream."""

    def __init__(self, stream):
        self.stream = stream
        self.rest = b""
        self.status = None
        self.beats = 0

    async def begin(self):
        while b"\r\n\r\n" not in self.rest:
            self.rest += await self._part()
        text, _, self.rest = self.rest.partition(b"\r\n\r\n")
        self.status = int(text.split()[1])
        self.headers = text.decode().lower()
        return self

    async def next(self):
        """Return the next event: its id, its name, and its data."""
        while True:
            while b"\n\n" not in (rest := self.rest.replace(b"\r\n", b"\n")):
                self.rest += await self._part()
            self.rest = rest
            text, _, self.rest = self.rest.partition(b"\n\n")
            fields = {}
            for line in text.decode().split("\n"):
                # The sizes of chunks stand between, on lines of their own.
                name, colon, value = line.partition(": ")
                if colon and name in ("id", "event", "data"):
                    fields[name] = value.strip()
                self.beats += line.startswith(": still")
            if "data" in fields:
                return fields.get("id"), fields.get("event"), json.loads(fields["data"])

    async def _part(self):
        with trio.fail_after(PATIENCE):
            data = await self.stream.receive_some()
        assert data, f"the stream has ended: {self.rest!r}"
        return bytes(data)


@asynccontextmanager
async def events(kernel, path="/api/events?after=0", **headers):
    async with raw(kernel, head(kernel, "GET", path, **headers)) as stream:
        yield await Events(stream).begin()


class Socket:
    """A WebSocket whose messages are JSON."""

    def __init__(self, stream):
        self.stream = stream
        self.connection = WSConnection(ConnectionType.CLIENT)
        self.found = []
        self.refused = None
        self.closed = None
        self.answers_pings = True

    async def say(self, **data):
        await self.text(json.dumps(data))

    async def text(self, text):
        await self.stream.send_all(self.connection.send(TextMessage(data=text)))

    async def next(self):
        while not self.found:
            assert self.closed is None, self.closed
            await self.read()
        return self.found.pop(0)

    async def until_closed(self):
        while self.closed is None:
            await self.read()
        return self.closed

    async def read(self):
        with trio.fail_after(PATIENCE):
            data = await self.stream.receive_some()
        if not data:
            self.closed = self.closed or 1006
            return
        self.connection.receive_data(data)
        text = ""
        for event in self.connection.events():
            match event:
                case AcceptConnection():
                    self.accepted = True
                case RejectConnection():
                    self.refused = event.status_code
                case TextMessage():
                    text += event.data
                    if event.message_finished:
                        self.found.append(json.loads(text))
                        text = ""
                case CloseConnection():
                    self.closed = event.code
                case Ping() if self.answers_pings:
                    await self.stream.send_all(self.connection.send(event.response()))


@asynccontextmanager
async def web_socket(kernel, path="/api/live", **headers):
    async with await trio.open_tcp_stream(*place_of(kernel)) as stream:
        socket = Socket(stream)
        given = {"authorization": bearer(kernel), **headers}
        more = [(name.encode(), value.encode()) for name, value in given.items() if value is not None]
        host = f"localhost:{place_of(kernel)[1]}"
        await stream.send_all(socket.connection.send(Request(host=host, target=path, extra_headers=more)))
        socket.accepted = False
        while not socket.accepted and socket.refused is None:
            await socket.read()
        yield socket


async def new_run(http, **more):
    answer = await http.post("/api/runs", json={"text": WORKFLOW, "target": "w.yaml", **more})
    assert answer.status_code == 201, answer.text
    return answer.json()
