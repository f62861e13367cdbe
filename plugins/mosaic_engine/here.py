"""What the engine's queries read from inside a kernel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.offers import AgentOffer
from mosaic_hookspecs.storage import Storage
from mosaic_hookspecs.tasks import StoredTask

from .crew import agents_here
from .engine import Engine


class Here:
    """`reading.Surroundings` in a kernel: the ports as they are filled now."""

    def __init__(self, context: Context, engine: Engine) -> None:
        self._context = context
        self._engine = engine

    @property
    def storage(self) -> Storage:
        """The store."""
        return self._engine.storage

    @property
    def quotas(self) -> Mapping[str, int]:
        """How much of each resource may be held at once."""
        return self._engine.quotas

    @property
    def state_directory(self) -> Path:
        """Where the logs of attempts are."""
        return self._context.state_directory

    def now(self) -> int:
        """Return milliseconds since 1970 UTC."""
        return self._context.clock.now()

    def offers(self) -> Sequence[AgentOffer]:
        """Return what the agents that are here offer."""
        return [offer for offer, _ in agents_here(self._context).values()]

    async def stored(self, names: Sequence[tuple[str, str]]) -> Sequence[StoredTask | None]:
        """Return the unchanging part of each task."""
        return (await self.storage.look_up(tasks=names)).stored
