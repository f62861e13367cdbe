"""The agent ``scaffold``: does one piece of work in the workspace of one attempt."""

from __future__ import annotations

import trio

from mosaic_hookspecs.agents import AgentResult, Assignment
from mosaic_hookspecs.errors import InputError
from mosaic_hookspecs.offers import AgentOffer

from .offer import OFFER


class ScaffoldAgent:
    """A provider of the agents port that needs no model, no network and no process."""

    @property
    def offer(self) -> AgentOffer:
        """It does every kind of work on services, and nothing else."""
        return OFFER

    async def run(self, assignment: Assignment) -> AgentResult:
        """Write the files of the task's work. What cannot be built fails, with the reason."""
        journal = assignment.journal
        if assignment.workspace is None:
            return AgentResult(outcome="failed", summary="the task has no workspace to build in")
        try:
            changed = await trio.to_thread.run_sync(_build, assignment)
        except (InputError, OSError) as error:
            journal.output(f"failed: {error}\n".encode())
            return AgentResult(outcome="failed", summary=str(error))
        for path in changed:
            journal.output(f"wrote {path}\n".encode())
        if not changed:
            journal.output(b"nothing to write: every file is as it should be\n")
        count = f"{len(changed)} file{'' if len(changed) == 1 else 's'}"
        return AgentResult(outcome="succeeded", summary=f"wrote {count}", outputs={"files": changed})


def _build(assignment: Assignment) -> list[str]:
    from .building import build
    from .work import read_work

    if assignment.workspace is None:
        return []
    return build(assignment.workspace.path, read_work(assignment.spec.work))
