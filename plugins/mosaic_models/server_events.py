"""Server-sent events, read as they come: whatever way they are cut into pieces."""

from __future__ import annotations

import attrs


@attrs.frozen(kw_only=True)
class ServerEvent:
    """One event: its name ("" where it has none) and its data."""

    name: str = ""
    data: str = ""


class ServerEvents:
    """Takes bytes, and gives the events that are complete. Comments and other fields are passed over."""

    def __init__(self) -> None:
        self._held = b""
        self._name = ""
        self._data: list[str] = []

    def feed(self, piece: bytes) -> list[ServerEvent]:
        """Take the next bytes; return the events that they complete."""
        *lines, self._held = (self._held + piece).replace(b"\r\n", b"\n").split(b"\n")
        found = []
        for line in lines:
            event = self._line(line.rstrip(b"\r"))
            if event is not None:
                found.append(event)
        return found

    def finish(self) -> list[ServerEvent]:
        """Return the event that the end of the stream completes, as servers that forget the last line want."""
        found = self.feed(b"\n\n")
        self._held = b""
        return found

    def _line(self, line: bytes) -> ServerEvent | None:
        if not line:
            event = ServerEvent(name=self._name, data="\n".join(self._data)) if self._data else None
            self._name, self._data = "", []
            return event
        field, _, value = line.partition(b":")
        text = value.removeprefix(b" ").decode("utf-8", "replace")
        if field == b"data":
            self._data.append(text)
        elif field == b"event":
            self._name = text
        return None
