"""The kernel as a plugin sees it from a process of its own: `mosaic_hookspecs.Context` over the connection.

The clock is this machine's, set by the kernel's at the start. Everything else asks the kernel.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path
from typing import Any

import attrs

from mosaic_hookspecs.context import Bus, Clock, Log, Port
from mosaic_hookspecs.operations import Principal

from ..deadlines import within
from ..encode import to_json_data
from ..failures import cause_of, place_of
from ..generation import Generation
from ..system_clock import SystemClock
from .borrowing import Borrowed
from .codec import contract_name
from .objects import Objects

_SAME_CLOCK = 250


class ChildClock:
    """Tells the kernel's time."""

    def __init__(self, now: int) -> None:
        self._machine = SystemClock()
        behind = now - self._machine.now()
        # The answer took a moment: the same clock must not be moved by that.
        self._offset = behind if abs(behind) > _SAME_CLOCK else 0

    def now(self) -> int:
        """Return milliseconds since 1970 UTC."""
        return self._machine.now() + self._offset


class ChildLog:
    """Logs through the kernel."""

    def __init__(self, objects: Objects, facts: Mapping[str, Any] | None = None) -> None:
        self._objects = objects
        self._facts = dict(facts or {})

    def bind(self, **facts: Any) -> ChildLog:
        """Return a logger that adds these facts to every line."""
        return ChildLog(self._objects, {**self._facts, **facts})

    def debug(self, event: str, **facts: Any) -> None:
        """Log what only a developer wants to know."""
        self._tell("debug", event, facts)

    def info(self, event: str, **facts: Any) -> None:
        """Log what happened."""
        self._tell("info", event, facts)

    def warning(self, event: str, **facts: Any) -> None:
        """Log what somebody should look at."""
        self._tell("warning", event, facts)

    def error(self, event: str, **facts: Any) -> None:
        """Log what failed; ``error=exception`` adds where."""
        self._tell("error", event, facts)

    def _tell(self, level: str, event: str, facts: Mapping[str, Any]) -> None:
        told = {key: _plain(value) for key, value in {**self._facts, **facts}.items()}
        self._objects.peer.notify("log", {"level": level, "event": event, "facts": told})


class ChildPort:
    """A port of the kernel."""

    def __init__(self, objects: Objects, name: str) -> None:
        self._objects = objects
        self._name = name

    @property
    def name(self) -> str:
        """The port's name."""
        return self._name

    def names(self) -> tuple[str, ...]:
        """The names of the providers that are in it now."""
        return tuple(self._objects.peer.ask("port/names", {"port": self._name}))

    def get(self, name: str = "") -> Any:
        """Return the provider of that name ("": the only or the first)."""
        answer = self._objects.peer.ask("port/get", {"port": self._name, "name": name})
        return self._objects.decode(answer)

    def within(self, seconds: float, hint: str = "") -> AbstractContextManager[None]:
        """Bound what is awaited inside; see `mosaic_hookspecs.Port.within`."""
        return within(self._name, seconds, hint)


class ChildBus:
    """The kernel's bus."""

    def __init__(self, objects: Objects, bus: Borrowed) -> None:
        self._objects = objects
        self._bus = bus

    def publish(self, topic: str, body: Any) -> None:
        """Send to who listens now."""
        self._objects.peer.notify("publish", {"topic": topic, "body": self._objects.encode(body)})

    def subscribe(self, *topics: str, capacity: int = 1000) -> AbstractAsyncContextManager[Any]:
        """Listen to these topics for as long as the context lasts."""
        listening: AbstractAsyncContextManager[Any] = self._bus.subscribe(*topics, capacity=capacity)
        return listening


@attrs.frozen(kw_only=True)
class ChildContext:
    """Implements `mosaic_hookspecs.Context`."""

    plugin: str
    generation: int
    config: Any
    clock: Clock
    log: Log
    bus: Bus
    state_directory: Path
    project_directory: Path
    objects: Objects
    own: Generation

    def port(self, name: str) -> Port:
        """Return the handle of a port."""
        return ChildPort(self.objects, name)

    async def dispatch(self, operation: str, data: Any, principal: Principal | None = None) -> Any:
        """Carry out a query or command, in the plugin's own name unless a principal is given."""
        if attrs.has(type(data)) and contract_name(type(data)) is None:
            data = to_json_data(data)  # the kernel has not this class, and decodes a mapping
        params = {"operation": operation, "input": self.objects.encode(data)}
        if principal is not None:
            params["principal"] = self.objects.encode(principal)
        return self.objects.decode(await self.objects.peer.request("dispatch", params))

    def start_soon(self, function: Callable[..., Awaitable[Any]], *args: Any) -> None:
        """Run a task that ends with this generation. If it raises, the plugin has crashed."""
        self.own.start_soon(function, *args)

    def on_cleanup(self, undo: Callable[[], Any]) -> None:
        """Push an undo."""
        self.own.on_cleanup(undo)


def _plain(value: Any) -> Any:
    if isinstance(value, BaseException):
        cause = cause_of(value)
        return f"{type(cause).__name__}: {cause}{place_of(cause)}"
    try:
        return to_json_data(value)
    except TypeError:
        return str(value)
