"""Lines of text over two file descriptors. Pipes and sockets are waited for; of a file or a terminal, a thread
waits.
"""

from __future__ import annotations

import os
import stat
from collections.abc import AsyncIterator

import trio

from .writing import acquired, written_at_once

_CHUNK = 2**16


class Lines:
    """What one client sends and is sent, a message a line. Closing it closes both descriptors."""

    def __init__(self, reading: int, writing: int, most: int) -> None:
        self._reading = reading
        self._writing = writing
        self._most = most
        self._source = trio.lowlevel.FdStream(reading) if _can_be_waited_for(reading) else None
        self._target = trio.lowlevel.FdStream(writing) if _can_be_waited_for(writing) else None
        self._sending = trio.Lock()
        self.is_gone = False

    async def received(self) -> AsyncIterator[bytes]:
        """Iterate over the lines until the client closes its end; of one that is too long, the beginning."""
        kept = b""
        is_skipping = False
        while data := await self._read():
            *whole, rest = (kept + data).split(b"\n")
            for line in whole:
                if not is_skipping and line.strip():
                    yield line
                is_skipping = False
            kept = b"" if is_skipping else rest
            if len(kept) > self._most:
                yield kept[:_CHUNK]
                kept, is_skipping = b"", True
        if kept.strip():
            yield kept

    async def send(self, line: bytes) -> None:
        """Write a line. Whoever is cancelled meanwhile has written all of it or nothing."""
        await acquired(self._sending)
        try:
            rest = line + b"\n"
            if self._target is not None:
                rest = written_at_once(self._writing, rest)
            if rest:
                with trio.CancelScope(shield=True):
                    await self._write(rest)
        except (trio.BrokenResourceError, trio.ClosedResourceError, OSError):
            self.is_gone = True
        finally:
            self._sending.release()

    async def aclose(self) -> None:
        """Close both descriptors, as far as nobody waits in them."""
        for stream in (self._source, self._target):
            if stream is not None:
                await trio.aclose_forcefully(stream)
        if self._target is None:
            os.close(self._writing)

    async def _read(self) -> bytes:
        if self._source is not None:
            try:
                return bytes(await self._source.receive_some(_CHUNK))
            except (trio.BrokenResourceError, trio.ClosedResourceError):
                return b""
        # The thread may still wait when this ends: what it waits for is not closed, so that it finds no other
        # file.
        return await trio.to_thread.run_sync(os.read, self._reading, _CHUNK, abandon_on_cancel=True)

    async def _write(self, data: bytes) -> None:
        if self._target is not None:
            await self._target.send_all(data)
            return
        left = memoryview(data)
        while left:
            left = left[await trio.to_thread.run_sync(os.write, self._writing, left) :]


def _can_be_waited_for(descriptor: int) -> bool:
    mode = os.fstat(descriptor).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)
