"""The engine's plugin class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.hooks import Provision, hookimpl
from mosaic_hookspecs.operations import Operation

from .config import Config

if TYPE_CHECKING:
    from .engine import Engine


class EnginePlugin:
    """Provides the scheduling port, and the operations on runs, tasks and events."""

    Config = Config

    def __init__(self) -> None:
        self._engine: Engine | None = None

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Provide the engine."""
        return [Provision(port="scheduling", name="engine", provider=self._the_engine(context))]

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare the operations."""
        from .operations import operations

        return operations(context, self._the_engine(context))

    @hookimpl
    async def mosaic_drain(self, context: Context) -> None:
        """End what is in flight, and give it back for the next start to go on with."""
        if self._engine is not None:
            await self._engine.drain()

    def _the_engine(self, context: Context) -> Engine:
        from .engine import Engine

        if self._engine is None:
            self._engine = Engine(context)
        return self._engine
