"""The plugin: what Tony needs of a system beside the operations of others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.hooks import State, hookimpl
from mosaic_hookspecs.operations import Operation

from .configuration import Config

if TYPE_CHECKING:
    from .driving import Driving


class TonyPlugin:
    """Serves the bridge between systems. Does nothing until somebody asks."""

    Config = Config

    def __init__(self) -> None:
        self._driving: Driving | None = None

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare the operations."""
        from .driving import Driving
        from .operations import operations

        self._driving = Driving(context)
        return operations(context, Config.of(context.config), self._driving)

    @hookimpl
    async def mosaic_export_state(self, context: Context) -> State | None:
        """Say which runs are worked on."""
        return State(version=1, data={"runs": list(self._driving.runs) if self._driving else []})

    @hookimpl
    async def mosaic_import_state(self, context: Context, state: State) -> None:
        """Go on with the runs that the generation before worked on."""
        state.require(1)
        if self._driving is not None:
            for run_id in state.data["runs"]:
                self._driving.begin(run_id)
