"""Server-sent events, read as they come: only their data, whatever way they are cut into pieces."""

from __future__ import annotations


class EventLines:
    """Takes bytes, and gives the data of the events that they complete.

    Args:
        longest: the most bytes that an event may have; `is_too_long` says that one has more.
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._held = bytearray()
        self._data: list[bytes] = []
        self._size = 0
        self.is_too_long = False

    def feed(self, piece: bytes) -> list[str]:
        """Take the next bytes; return the events that they complete."""
        self._held += piece
        end = self._held.rfind(b"\n")
        if end < 0:
            self.is_too_long |= len(self._held) > self._longest
            return []
        lines = bytes(self._held[:end]).split(b"\n")
        del self._held[: end + 1]
        return [event for line in lines if (event := self._line(line.rstrip(b"\r"))) is not None]

    def finish(self) -> list[str]:
        """Return the event that the end of the stream completes."""
        return self.feed(b"\n\n")

    def _line(self, line: bytes) -> str | None:
        if not line:
            event = b"\n".join(self._data).decode(errors="replace") if self._data else None
            self._data, self._size = [], 0
            return event
        field, _, value = line.partition(b":")
        if field == b"data":
            self._size += len(value)
            if self._size > self._longest:
                self.is_too_long = True
                return None
            self._data.append(value.removeprefix(b" "))
        return None
