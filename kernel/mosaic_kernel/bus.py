"""The bus of notices: bounded per subscriber, and never in a publisher's way."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import trio

from mosaic_hookspecs.context import Notice

MISSED = "bus.missed"


class _Subscriber:
    """Holds what one listener has not yet taken."""

    def __init__(self, topics: tuple[str, ...], capacity: int) -> None:
        self._exact = frozenset(topic for topic in topics if not topic.endswith("*"))
        self._prefixes = tuple(topic[:-1] for topic in topics if topic.endswith("*"))
        self._notices: deque[Notice] = deque()
        self._capacity = capacity
        self._missed = 0
        self._waiting = trio.lowlevel.ParkingLot()

    def wants(self, topic: str) -> bool:
        return topic in self._exact or topic.startswith(self._prefixes)

    def push(self, notice: Notice) -> None:
        if len(self._notices) >= self._capacity:
            self._notices.popleft()
            self._missed += 1
        self._notices.append(notice)
        self._waiting.unpark()

    def __aiter__(self) -> _Subscriber:
        return self

    async def __anext__(self) -> Notice:
        while not self._notices:
            await self._waiting.park()
        if self._missed:
            missed, self._missed = self._missed, 0
            return Notice(topic=MISSED, body=missed)
        return self._notices.popleft()


class NoticeBus:
    """Carries notices between the plugins of one kernel."""

    def __init__(self) -> None:
        self._subscribers: list[_Subscriber] = []
        self._routes: dict[str, tuple[_Subscriber, ...]] = {}

    def publish(self, topic: str, body: object) -> None:
        """Send to who listens now; see `mosaic_hookspecs.Bus`. Call it from the kernel's thread."""
        route = self._routes.get(topic)
        if route is None:
            route = tuple(one for one in self._subscribers if one.wants(topic))
            if len(self._routes) >= 1000:  # noqa: PLR2004 - topics are few; were they many, memory stays bounded
                self._routes.clear()
            self._routes[topic] = route
        if route:
            notice = Notice(topic=topic, body=body)
            for subscriber in route:
                subscriber.push(notice)

    @asynccontextmanager
    async def subscribe(self, *topics: str, capacity: int = 1000) -> AsyncIterator[AsyncIterator[Notice]]:
        """Listen to these topics (``name`` or ``prefix.*``) for as long as the context lasts."""
        subscriber = _Subscriber(topics, max(capacity, 1))
        self._subscribers.append(subscriber)
        self._routes.clear()
        try:
            yield subscriber
        finally:
            self._subscribers.remove(subscriber)
            self._routes.clear()


class MeteredBus:
    """The bus as one plugin sees it: what it publishes above so many notices a second is dropped, and
    `on_flood` told, once a second.
    """

    def __init__(self, bus: NoticeBus, most: int, on_flood: Callable[[], None]) -> None:
        self._bus = bus
        self._most = most
        self._on_flood = on_flood
        self._second = 0.0
        self._count = 0

    def publish(self, topic: str, body: object) -> None:
        """Send to who listens now; see `mosaic_hookspecs.Bus`."""
        self._count += 1
        if self._count == 1:
            self._second = trio.current_time()
        elif self._count > self._most > 0:
            now = trio.current_time()
            if now - self._second < 1:
                if self._count == self._most + 1:
                    self._on_flood()
                return
            self._second, self._count = now, 1
        self._bus.publish(topic, body)

    def subscribe(
        self, *topics: str, capacity: int = 1000
    ) -> AbstractAsyncContextManager[AsyncIterator[Notice]]:
        """Listen; see `mosaic_hookspecs.Bus`."""
        return self._bus.subscribe(*topics, capacity=capacity)
