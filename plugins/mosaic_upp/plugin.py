"""The plugin class: the rules planner, the linter, the formats and the task sources of the planning port."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.hooks import Provision, hookimpl
from mosaic_hookspecs.operations import Operation


class UppPlugin:
    """Planning without a model."""

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Provide planner, linter, formats and sources; nothing is opened."""
        from .desk import FORMAT_PREFIX, Desk
        from .formats import FORMATS
        from .keeping import Keeping
        from .lint import Linter
        from .planner.rules import RulesPlanner
        from .sources import DocumentSource, GoalSource, PlanSource

        linter = Linter()
        planner = RulesPlanner(linter, context.project_directory)
        desk = Desk(context)
        base = context.project_directory
        keeping = Keeping(context)
        sources = [
            DocumentSource(planner, linter, desk.read_tree, base, keeping),
            GoalSource(planner, linter, desk.read_if_known, base, keeping),
            PlanSource(planner, linter, desk.read_if_known, base, keeping),
        ]
        provided = {
            planner.name: planner,
            "linter": linter,
            **{f"{FORMAT_PREFIX}{name}": form for name, form in FORMATS.items()},
            **{f"source:{source.name}": source for source in sources},
        }
        return [Provision(port="planning", name=name, provider=provider) for name, provider in provided.items()]

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare the operations ``plan.…``."""
        from .lint import Linter
        from .operations import operations

        return operations(context, Linter())
