"""A storage that tells how many calls wait for the log: one for each drive, and one for each follower."""

import io

from mosaic_hookspecs import Manifest, Provides, Provision, hookimpl
from mosaic_memory.storage import MemoryStorage
from mosaic_testing.installed import installed_plugins

WORKFLOW = """
jobs:
  hello:
    steps:
      - run: echo "hello from a run"
"""
PLUGINS = ("engine", "workflow", "workspaces", "command")


class SpyStorage(MemoryStorage):
    """Counts who waits."""

    waiting = 0

    async def wait(self, after):
        self.waiting += 1
        try:
            return await super().wait(after)
        finally:
            self.waiting -= 1


class Spy:
    """Makes the arguments of a kernel whose storage is watched."""

    def __init__(self):
        self.storage = None

    @property
    def waiting(self):
        return self.storage.waiting

    def arguments(self):
        spy = self

        class SpyPlugin:
            @hookimpl
            async def mosaic_provide(self, context):
                spy.storage = SpyStorage(context.clock)
                return [Provision(port="storage", name="spy", provider=spy.storage)]

        manifest = Manifest(provides=[Provides(port="storage", contract="1.1", name="spy")])
        return {
            "profile": "",
            "environment": {},
            "index": installed_plugins(),
            "settings": {"allow": [*PLUGINS], "ports.storage": "spy"},
            "plugins": [("spy", SpyPlugin, manifest)],
            "log_stream": io.StringIO(),
        }


class Events:
    """Reads server-sent events from a connection, whose `receive` returns bytes, and none at its end.

    HTTP/1.0, since it has no chunks, and a client of our own, since leaving must be closing the connection.
    """

    def __init__(self, receive):
        self._receive = receive
        self._rest = b""
        self.head = b""

    async def until(self, kind):
        """Read up to the first of a kind; return (id, kind) of each.

        Raises:
            EOFError: the stream ended before.
        """
        while not self.head:
            self.head, blank, self._rest = (await self._more()).partition(b"\r\n\r\n")
            if not blank:
                self._rest, self.head = self.head, b""
        found = []
        while not found or found[-1][1] != kind:
            text, blank, rest = self._rest.partition(b"\n\n")
            if not blank:
                await self._more()
                continue
            self._rest = rest
            fields = dict(line.split(": ", 1) for line in text.decode().splitlines())
            found.append((int(fields["id"]), fields["event"]))
        return found

    async def _more(self):
        piece = await self._receive()
        if not piece:
            raise EOFError("the stream has ended")
        self._rest += piece
        return self._rest


def request(path, after):
    """Return the request for a stream of events."""
    return f"GET {path} HTTP/1.0\r\nHost: localhost\r\nLast-Event-ID: {after}\r\n\r\n".encode()
