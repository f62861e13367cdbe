"""The parts of the plugin, put together for one generation."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs import Context, Operation

from .configuration import Config
from .neighbours import Neighbours
from .operations import operations
from .packing import Packs
from .provider import PullAgents
from .registry import Registry
from .reporting import Reporting
from .roster import Roster
from .taking import Taking
from .verdicts import Verdict, Verdicts


class Fleet:
    """Everything that one generation of the plugin is made of."""

    def __init__(self, context: Context, config: Config) -> None:
        self._context = context
        self.registry = Registry(context, config)
        self.agents = PullAgents(context, config, self.registry)
        self.verdicts = Verdicts(context, self._count)
        neighbours = Neighbours(context)
        self._packs = Packs(context, neighbours)
        self._roster = Roster(context, self.registry)
        self._taking = Taking(context, config, self.registry, self._packs, neighbours)
        self._reporting = Reporting(
            context, config, self.registry, self.agents, self.verdicts, self._taking, neighbours
        )

    def operations(self) -> Sequence[Operation]:
        """Declare the operations."""
        return operations(self._roster, self._taking, self._reporting, self._packs)

    async def end(self) -> None:
        """Give back what workers hold, and write what is kept of them."""
        self.agents.end()
        await self.registry.keeper.flush()

    def _count(self, name: str, verdict: Verdict) -> None:
        worker = self.registry.workers.get(name)
        if worker is None:
            return
        if verdict.outcome == "accepted":
            worker.accepted += 1
        elif verdict.outcome in ("refused", "failed"):
            worker.refused += 1
        self.registry.keeper.keep_later(worker)
