"""Keeps the head and the tail of an output, in bounded memory."""

from __future__ import annotations


class BoundedOutput:
    """Takes any number of bytes and keeps the first `head` and the last `tail` of them."""

    def __init__(self, head: int, tail: int) -> None:
        self._head_limit = head
        self._tail_limit = tail
        self._head = bytearray()
        self._tail = bytearray()
        self._total = 0

    def add(self, data: bytes) -> None:
        """Take the next bytes."""
        self._total += len(data)
        room = self._head_limit - len(self._head)
        if room > 0:
            self._head += data[:room]
            data = data[room:]
        if data:
            self._tail += data
            # Cut only now and then: each cut copies the tail.
            if len(self._tail) > 2 * self._tail_limit + 65536:
                del self._tail[: len(self._tail) - self._tail_limit]

    def value(self) -> bytes:
        """Return what was kept; where bytes are missing, a line between says how many."""
        tail = bytes(self._tail[max(0, len(self._tail) - self._tail_limit) :])
        missing = self._total - len(self._head) - len(tail)
        if not missing:
            return bytes(self._head) + tail
        return bytes(self._head) + f"\n[… {missing} bytes left out …]\n".encode() + tail
