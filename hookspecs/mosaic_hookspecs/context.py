"""What the kernel gives to each generation of a plugin: its only way to the rest of the system."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from pathlib import Path
from typing import Any, Protocol

import attrs

from mosaic_hookspecs.operations import Principal


class Clock(Protocol):
    """Time, so that tests can own it. Wait with ``trio.sleep``, never by this clock."""

    def now(self) -> int:
        """Return milliseconds since 1970 UTC."""


class Log(Protocol):
    """A structured logger: events are constants, facts are key-values."""

    def bind(self, **facts: Any) -> Log:
        """Return a logger that adds these facts to every line."""

    def debug(self, event: str, **facts: Any) -> None:
        """Log what only a developer wants to know."""

    def info(self, event: str, **facts: Any) -> None:
        """Log what happened."""

    def warning(self, event: str, **facts: Any) -> None:
        """Log what somebody should look at."""

    def error(self, event: str, **facts: Any) -> None:
        """Log what failed; ``error=exception`` adds where."""


class Port(Protocol):
    """A stable handle over whichever providers are in a port now."""

    @property
    def name(self) -> str:
        """The port's name."""

    def names(self) -> tuple[str, ...]:
        """The names of the providers that are in it now."""

    def get(self, name: str = "") -> Any:
        """Return the provider of that name ("": the only or the first).

        The result is a handle too: calls on it go to the provider that is in then, and are drained
        when it is swapped. Raises `Unavailable`, with what would fill the port.
        """

    def within(self, seconds: float, hint: str = "") -> AbstractContextManager[None]:
        """Bound what is awaited inside; since contract 1.2 of the hooks.

        Raises `Unavailable`, with a code such as ``storage-slow`` for the port ``storage``, once `seconds`
        have passed. `hint` says what to do then.
        """


@attrs.frozen(kw_only=True)
class Notice:
    """Something that passes on the bus and is not stored, such as a line of live output."""

    topic: str
    body: Any


class Bus(Protocol):
    """Carries notices between plugins. Stored events are followed with ``Storage.wait`` and
    ``Storage.events``, which lose nothing.

    The kernel itself publishes ``plugin.changed`` when a generation begins to serve or has stopped: its body is
    ``{"plugin": name, "generation": number}``, with 0 for one that has stopped. It publishes
    ``plugin.held_back`` when a plugin's newest code or configuration does not come to serve, and the generation
    from before goes on: ``{"plugin": name, "why": text}``.
    """

    def publish(self, topic: str, body: Any) -> None:
        """Send to who listens now. Never blocks: a subscriber that is full misses the oldest, and is
        told how many by a notice with the topic ``bus.missed``.
        """

    def subscribe(
        self, *topics: str, capacity: int = 1000
    ) -> AbstractAsyncContextManager[AsyncIterator[Notice]]:
        """Listen to these topics (``name`` or ``prefix.*``) for as long as the context lasts."""


class Context(Protocol):
    """The kernel as one generation of one plugin sees it."""

    @property
    def plugin(self) -> str:
        """The plugin's name."""

    @property
    def generation(self) -> int:
        """The number of this loading of the plugin, from 1; each reload makes the next one."""

    @property
    def config(self) -> Any:
        """Its decoded configuration, an instance of the plugin's ``Config`` (None if it has none)."""

    @property
    def clock(self) -> Clock:
        """The time."""

    @property
    def log(self) -> Log:
        """A logger that names the plugin."""

    @property
    def bus(self) -> Bus:
        """The bus of notices."""

    @property
    def state_directory(self) -> Path:
        """Where Mosaic keeps its files (``.mosaic`` of the project by default); may not exist yet."""

    @property
    def project_directory(self) -> Path:
        """The project that the configuration was found for: the current directory by default."""

    def port(self, name: str) -> Port:
        """Return the handle of a port."""

    async def dispatch(self, operation: str, data: Any, principal: Principal | None = None) -> Any:
        """Carry out a query or command; `data` is its input record, or a mapping to decode. Without a
        principal, in the plugin's own name with all permissions.
        """

    def follow(
        self, operation: str, data: Any, principal: Principal | None = None
    ) -> AsyncGenerator[Any, None]:
        """Follow a stream, as `dispatch` carries out a query: an asynchronous iterator over its items, to
        be closed (``aclosing``) if it is left early. Raises at the first item.
        """

    def start_soon(self, function: Callable[..., Awaitable[Any]], *args: Any) -> None:
        """Run a task in this generation's nursery: it ends with the generation. If it raises, the
        plugin has crashed, and is restarted inside its budget.
        """

    def on_cleanup(self, undo: Callable[[], Any]) -> None:
        """Push an undo (sync or async) on this generation's exit stack: last in, first out; each runs
        once, also after a partial start.
        """
