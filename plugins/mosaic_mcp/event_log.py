"""What a session of before 2026-07-28 was sent last: a client whose stream broke reads on from there."""

from __future__ import annotations

import itertools
from collections import deque

from mcp.server.streamable_http import EventCallback, EventMessage, EventStore
from mcp_types import JSONRPCMessage

_NEWEST = 32


class EventLog(EventStore):
    """The newest events of one session, in memory. Another session's cannot be read by it."""

    def __init__(self) -> None:
        self._events: deque[tuple[str, str, JSONRPCMessage | None]] = deque(maxlen=_NEWEST)
        self._numbers = itertools.count(1)

    async def store_event(self, stream_id: str, message: JSONRPCMessage | None) -> str:
        """Keep an event of a stream; return its name."""
        name = str(next(self._numbers))
        self._events.append((name, stream_id, message))
        return name

    async def replay_events_after(self, last_event_id: str, send_callback: EventCallback) -> str | None:
        """Send what came after an event on its stream; return the stream, or None if the event is forgotten."""
        events = tuple(self._events)
        found = [place for place, (name, _, _) in enumerate(events) if name == last_event_id]
        if not found:
            return None
        stream = events[found[0]][1]
        for name, its_stream, message in events[found[0] + 1 :]:
            if its_stream == stream and message is not None:
                await send_callback(EventMessage(message, name))
        return stream
