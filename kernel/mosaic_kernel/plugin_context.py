"""The kernel as one generation of one plugin sees it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

from mosaic_hookspecs.context import Bus, Clock, Log, Port
from mosaic_hookspecs.operations import Principal

from .bus import MeteredBus
from .generation import Generation
from .runtime import Runtime


class PluginContext:
    """Implements `mosaic_hookspecs.Context` for a generation."""

    def __init__(self, runtime: Runtime, generation: Generation) -> None:
        self._runtime = runtime
        self._generation = generation
        self._bus = MeteredBus(
            runtime.bus,
            runtime.configuration.kernel.notices_per_second,
            lambda: runtime.on_fault(generation.name, "publishing notices", _flood()),
        )
        self._principal = Principal(name=generation.name, kind="plugin", permissions=frozenset("*"))

    @property
    def plugin(self) -> str:
        """The plugin's name."""
        return self._generation.name

    @property
    def generation(self) -> int:
        """The number of this loading of the plugin."""
        return self._generation.number

    @property
    def config(self) -> Any:
        """Its decoded configuration."""
        return self._generation.recipe.config

    @property
    def clock(self) -> Clock:
        """The time."""
        return self._runtime.clock

    @property
    def log(self) -> Log:
        """A logger that names the plugin."""
        return self._generation.log

    @property
    def bus(self) -> Bus:
        """The bus of notices."""
        return self._bus

    @property
    def state_directory(self) -> Path:
        """Where Mosaic keeps its files; may not exist yet."""
        return self._runtime.state_directory

    @property
    def project_directory(self) -> Path:
        """The project that the configuration was found for."""
        return self._runtime.project_directory

    def port(self, name: str) -> Port:
        """Return the handle of a port."""
        return self._runtime.board.port(name)

    async def dispatch(self, operation: str, data: Any, principal: Principal | None = None) -> Any:
        """Carry out a query or command, in the plugin's own name unless a principal is given."""
        return await self._runtime.dispatcher.dispatch(operation, data, principal or self._principal)

    def follow(
        self, operation: str, data: Any, principal: Principal | None = None
    ) -> AsyncGenerator[Any, None]:
        """Follow a stream, in the plugin's own name unless a principal is given."""
        return self._runtime.dispatcher.follow(operation, data, principal or self._principal)

    def start_soon(self, function: Callable[..., Awaitable[Any]], *args: Any) -> None:
        """Run a task in this generation's nursery."""
        self._generation.start_soon(function, *args)

    def on_cleanup(self, undo: Callable[[], Any]) -> None:
        """Push an undo on this generation's exit stack."""
        self._generation.on_cleanup(undo)


def _flood() -> Exception:
    return RuntimeError("more notices a second than kernel.notices_per_second; the rest were dropped")
