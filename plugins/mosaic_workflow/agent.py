"""The agent that runs workflows' jobs."""

from __future__ import annotations

from typing import Any

from mosaic_hookspecs import AgentOffer, AgentResult, Assignment, Context, InputError, MosaicError

from .offer import OFFER


class WorkflowAgent:
    """Takes tasks with the runtime ``workflow``, and no others."""

    def __init__(self, context: Context) -> None:
        self._context = context

    @property
    def offer(self) -> AgentOffer:
        """Its name; it can do nothing but jobs of workflows."""
        return OFFER

    async def run(self, assignment: Assignment) -> AgentResult:
        """Make one attempt at a job.

        Raises:
            InputError: the task is no compiled job. Unavailable: it was given no workspace.
        """
        from .job import JobRun  # here, since every kernel has this agent, and few run jobs

        work: Any = assignment.spec.work
        if "steps" not in work or "calls" not in work:
            raise InputError(
                "no-job",
                f"the task {assignment.spec.task_id!r} is no job of a workflow",
                expected="work that the workflow source made",
                hint="Tasks with the runtime 'workflow' come from workflow files.",
            )
        result = await JobRun(assignment, self._context).run()
        if result.outcome == "failed":
            await self._fail_fast(assignment)
        return result

    async def _fail_fast(self, assignment: Assignment) -> None:
        """Cancel the other combinations of the matrix, if this was the last try."""
        work: Any = assignment.spec.work
        if assignment.attempt < assignment.spec.retry.attempts or assignment.spec.tolerates_failure:
            return
        for task_id in work.get("siblings", ()):
            reason = f"{assignment.spec.task_id} failed, and the matrix fails fast"
            request = {"run_id": assignment.run_id, "task_id": task_id, "reason": reason}
            try:
                await self._context.dispatch("task.cancel", request)
            except MosaicError as error:
                self._context.log.debug("workflow.sibling-not-cancelled", task=task_id, error=str(error))
