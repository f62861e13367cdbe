"""The newest events, followed once for all who listen; who is behind reads on from the log itself.

Each listener has a place in the log and takes what follows it, so nothing is lost and nothing repeated, and
nothing is kept for one who does not read.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

import attrs
import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.encode import to_json_data
from mosaic_hookspecs.errors import Denied, Refused, Unavailable
from mosaic_hookspecs.operations import Principal

from ..answers import json_bytes
from ..catalogue import Offered

FOLLOW = "event.follow"
_STORE = "storage.info"
_PAGE = 500
_HUB = Principal(name="http", kind="service", permissions=frozenset("*"))


@attrs.frozen(kw_only=True)
class Line:
    """One event, written once for all: `data` is its JSON, `frame` the server-sent event."""

    sequence: int
    kind: str
    run_id: str
    data: bytes
    frame: bytes


@attrs.frozen(kw_only=True)
class Filter:
    """Which events are told: those of a run, and of kinds (``task.accepted``; ``task.`` for all of these)."""

    run_id: str = ""
    kinds: tuple[str, ...] = ()

    def takes(self, line: Line) -> bool:
        """Whether an event is one of these."""
        if self.run_id and line.run_id != self.run_id:
            return False
        return not self.kinds or any(
            line.kind == kind or (kind.endswith(".") and line.kind.startswith(kind)) for kind in self.kinds
        )


class Hub:
    """Follows the log while somebody listens; keeps the newest `ring` events."""

    def __init__(self, context: Context, ring: int) -> None:
        self._context = context
        self._lines: deque[Line] = deque(maxlen=ring)
        self._newest: dict[int, Sequence[Line]] = {}
        self._head = -1
        self._listeners = 0
        self._changed = trio.Event()
        self._scope: trio.CancelScope | None = None
        self._error: Exception | None = None

    @asynccontextmanager
    async def listener(
        self, nursery: trio.Nursery, after: int | None, chosen: Filter
    ) -> AsyncIterator[Listener]:
        """Listen to what comes after a place in the log (None: from now on).

        Raises:
            Refused: the log is not that long (code ``ahead-of-log``).
        """
        head = await self._stored() if self._scope is None else 0
        if self._scope is None:  # another may have been first meanwhile
            self._head, self._error, self._scope = head, None, trio.CancelScope()
            self._lines.clear()
            self._newest.clear()
            nursery.start_soon(self._follow, self._scope, self._head)
        if after is not None and after > self._head:
            # What was stored a moment ago may not have come here yet.
            self._head = max(self._head, await self._stored())
        if after is not None and after > self._head:
            raise Refused(
                "ahead-of-log",
                "the log is not that long: it is another than the one that you have followed",
                where="Last-Event-ID",
                expected=f"at most {self._head}",
                got=str(after),
                hint="Read the state anew, and follow without a place.",
            )
        self._listeners += 1
        try:
            yield Listener(self, self._head if after is None else after, chosen)
        finally:
            self._listeners -= 1
            if not self._listeners and self._scope is not None:
                self._scope.cancel()
                self._scope = None

    async def _stored(self) -> int:
        return int((await self._context.dispatch(_STORE, {}, _HUB)).events)

    async def _follow(self, scope: trio.CancelScope, after: int) -> None:
        with scope:
            try:
                async with aclosing(self._context.follow(FOLLOW, {"after": after}, _HUB)) as events:
                    async for event in events:
                        line = line_of(to_json_data(event))
                        self._lines.append(line)
                        self._newest.clear()
                        self._head = max(self._head, line.sequence)
                        self._wake()
            except Exception as error:  # noqa: BLE001 - told to each listener
                self._failed(scope, error)
            else:
                self._failed(scope, Unavailable("stream-ended", "the events are not followed any more"))

    def _failed(self, scope: trio.CancelScope, error: Exception) -> None:
        if self._scope is scope:
            self._error, self._scope = error, None
            self._wake()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = trio.Event()

    async def after(self, place: int) -> Sequence[Line]:
        """Return what follows a place, as soon as there is something. May be cancelled without loss."""
        while True:
            first = self._lines[0].sequence if self._lines else self._head + 1
            if place + 1 < first:
                return await self._from_log(place, first)
            if self._lines and self._lines[-1].sequence > place:
                return self._kept(place, first)
            if self._error is not None:
                raise self._error
            await self._changed.wait()

    def _kept(self, place: int, first: int) -> Sequence[Line]:
        # Most who listen are at the same place, and what follows it is looked up once for them.
        found = self._newest.get(place)
        if found is None:
            count = len(self._lines)
            begin = max(0, place + 1 - first)
            found = self._newest[place] = [self._lines[at] for at in range(begin, min(count, begin + _PAGE))]
        return found

    async def _from_log(self, place: int, end: int) -> Sequence[Line]:
        found: list[Line] = []
        async with aclosing(self._context.follow(FOLLOW, {"after": place}, _HUB)) as events:
            async for event in events:
                line = line_of(to_json_data(event))
                found.append(line)
                if line.sequence + 1 >= end or len(found) == _PAGE:
                    break
        return found


class Listener:
    """One who listens; `place` is what was taken last."""

    def __init__(self, hub: Hub, place: int, chosen: Filter) -> None:
        self.place = place
        self._hub = hub
        self._chosen = chosen

    async def take(self) -> Sequence[Line]:
        """Return the next events, as soon as there are some. May be cancelled without loss."""
        while True:
            lines = await self._hub.after(self.place)
            self.place = lines[-1].sequence
            chosen = [line for line in lines if self._chosen.takes(line)]
            if chosen:
                return chosen


def line_of(event: dict[str, Any]) -> Line:
    """Return an event as a line."""
    sequence, data = int(event["sequence"]), json_bytes(event)
    frame = b"id: %d\ndata: %b\n\n" % (sequence, data)
    return Line(sequence=sequence, kind=event["kind"], run_id=event["run_id"], data=data, frame=frame)


def require_may(principal: Principal, operation: Offered) -> None:
    """Refuse whom the operation itself would refuse: one follows it here for all.

    Raises:
        Denied: the permission is missing.
    """
    if not principal.may(operation.permission):
        raise Denied(
            "denied",
            f"{principal.name!r} may not call {operation.name!r}",
            expected=f"the permission {operation.permission!r}",
            got=", ".join(sorted(principal.permissions)) or "no permissions",
        )
