"""The task source: a file of steps as the target of ``mosaic run``."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs import Need, RunRequest, RunSpec, TaskSpec

from .steps import read_steps


class StepsSource:
    """`mosaic_hookspecs.TaskSource` for files that end in ``.steps``."""

    name = "sample"

    def recognises(self, request: RunRequest) -> bool:
        """Whether the target is a file of steps: judged by the suffix alone."""
        return request.target.lower().endswith(".steps")

    async def compile(self, request: RunRequest, run_id: str) -> tuple[RunSpec, Sequence[TaskSpec]]:
        """Make a task of each step, for the agent that runs commands."""
        tasks = [
            TaskSpec(
                task_id=step.name,
                title=step.command,
                needs=tuple(Need(task_id=name) for name in step.after),
                runtime="command",
                work={"run": step.command},
            )
            for step in read_steps(request.text, request.target)
        ]
        run = RunSpec(
            run_id=run_id,
            title=request.target,
            target=request.target,
            inputs=request.inputs,
            settings=request.settings,
        )
        return run, tasks
