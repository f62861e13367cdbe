"""Two file descriptors, read and written without ever blocking a trio loop unasked.

Owns the bytes that wait to be written, and the one way to stand still: `stand_still` waits for either end
outside trio, for a caller that cannot await. Not safe for threads.
"""

from __future__ import annotations

import os
import select

import trio

_PIECE = 65_536


class Pipe:
    """What is read from `source` and written to `sink`; both are taken over, and closed by `close`."""

    def __init__(self, source: int, sink: int) -> None:
        os.set_blocking(source, False)
        os.set_blocking(sink, False)
        self._source, self._sink = source, sink
        self._rest = bytearray()
        self._is_closed = False
        self._changed = trio.Event()

    @property
    def waiting(self) -> int:
        """How many bytes wait to be written."""
        return len(self._rest)

    def put(self, data: bytes) -> None:
        """Add bytes, and write what can be written now. What nobody reads any more is dropped."""
        if not self._is_closed:
            self._rest += data
            self.flush()

    def flush(self) -> None:
        """Write what can be written now."""
        try:
            while self._rest and not self._is_closed:
                written = os.write(self._sink, memoryview(bytes(self._rest[:_PIECE])))
                del self._rest[:written]
        except BlockingIOError:
            pass
        except OSError:
            # The reader is gone: the end of what is read from it tells that.
            self._rest.clear()
        self._changed.set()

    async def room(self, most: int) -> None:
        """Wait until no more than `most` bytes wait to be written."""
        while len(self._rest) > most and not self._is_closed:
            await self._change()

    async def write(self) -> None:
        """Write what is put, as it can be written, until it is closed."""
        while not self._is_closed:
            if self._rest:
                try:
                    await trio.lowlevel.wait_writable(self._sink)
                except trio.ClosedResourceError:
                    return
                self.flush()
            else:
                await self._change()

    async def receive(self) -> bytes:
        """Return what comes; b"" at the end."""
        while True:
            await trio.lowlevel.wait_readable(self._source)
            data = self._read()
            if data is not None:
                return data

    def stand_still(self, seconds: float) -> bytes | None:
        """Write and read without trio, for at most so long: return what comes, b"" at the end, None if
        nothing came.
        """
        poll = select.poll()
        poll.register(self._source, select.POLLIN)
        if self._rest:
            poll.register(self._sink, select.POLLOUT)
        for descriptor, _ in poll.poll(seconds * 1000):
            if descriptor == self._source:
                return self._read()
            self.flush()
        return None

    def close_sink(self) -> None:
        """Close the writing end, so that its reader sees the end."""
        if not self._is_closed:
            self._is_closed = True
            self._rest.clear()
            self._changed.set()
            _close(self._sink)

    def close(self) -> None:
        """Close both ends."""
        self.close_sink()
        if self._source >= 0:
            _close(self._source)
            self._source = -1

    async def _change(self) -> None:
        # Several wait for the same event, so it is replaced only when it is used up.
        if self._changed.is_set():
            self._changed = trio.Event()
        await self._changed.wait()

    def _read(self) -> bytes | None:
        try:
            return os.read(self._source, _PIECE)
        except BlockingIOError:
            return None
        except OSError:
            return b""


def _close(descriptor: int) -> None:
    trio.lowlevel.notify_closing(descriptor)
    os.close(descriptor)
