"""``task.prioritize``: a person moves a task up or down among those that wait."""

from __future__ import annotations

import attrs

from mosaic_hookspecs.commands import Prioritize
from mosaic_hookspecs.operation_table import OperationRow
from mosaic_hookspecs.operations import Call, OperationKind

from .engine import Engine
from .reading import Reading, Surroundings
from .views import TaskView


@attrs.frozen(kw_only=True)
class MoveTask:
    """Which task, and where it goes: a priority, or another task of the run that it goes before."""

    task_id: str = attrs.field(metadata={"help": "The task's identifier within the run."})
    run_id: str = attrs.field(default="", metadata={"help": "The run's identifier; the newest if left empty."})
    priority: int | None = attrs.field(
        default=None, metadata={"help": "Larger goes first; by default minutes on the longest path to the end."}
    )
    before: str = attrs.field(
        default="",
        metadata={
            "help": "Instead of a priority: the waiting task that it goes before: just before it, as far as "
            "what is between them is ready."
        },
    )


class Moving:
    """The handler of ``task.prioritize``."""

    def __init__(self, here: Surroundings, engine: Engine) -> None:
        self._reading = Reading(here)
        self._engine = engine

    async def prioritize_task(self, request: MoveTask, call: Call) -> TaskView:
        """Move a task among those that wait."""
        run, _, _ = await self._reading.find_task(request.run_id, request.task_id)
        command = Prioritize(
            run_id=run.run_id, task_id=request.task_id, priority=request.priority, before=request.before
        )
        await self._engine.command(command, by=call.principal.name)
        return await self._reading.task_view(run.run_id, request.task_id)


def prioritize_row(here: Surroundings, engine: Engine) -> OperationRow:
    """Declare ``task.prioritize``."""
    handler = Moving(here, engine).prioritize_task
    summary = "Move a task up or down among those that wait: a priority, or the task that it goes before."
    return "task.prioritize", OperationKind.COMMAND, MoveTask, TaskView, handler, "task:write", summary
