"""Verification: from *reported* to *accepted*, by Mosaic itself and in a clean checkout.

What will be published is checked inside the branch's merge queue, on top of what is
published then: checking it before would be in vain whenever another one came first. What publishes
nothing is checked at once.
"""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs.checks import Evidence
from mosaic_hookspecs.commands import Command, Reject
from mosaic_hookspecs.errors import Refused
from mosaic_hookspecs.workspace import Workspace, WorkspaceProvider, WorkspaceRequest

from .answers import storable
from .checking import judge, run_checks
from .crew import Crew
from .merges import MergeQueues
from .phases import UnderWay


async def verify(  # noqa: PLR0913 - the parts of one verification
    attempt: UnderWay,
    crew: Crew,
    merges: MergeQueues,
    provider: WorkspaceProvider,
    request: WorkspaceRequest,
    workspace: Workspace,
    files: Sequence[str],
) -> Sequence[Command]:
    """Check what an attempt made, and publish it; return the commands that end the attempt."""
    try:
        seen = merges.look(provider.name, request.settings)
        proposal = await workspace.propose()
        if proposal.candidate:
            return await merges.publish(attempt, crew, provider, request, workspace, proposal, files, seen)
        results = await run_checks(attempt, crew, workspace, proposal)
        return (judge(attempt, Evidence(checks=results, files=files)),)
    except Refused as error:
        if error.code != "merge-conflict":
            raise
        return (Reject(**attempt.names, reason=storable(conflict_text(error)), counts=False),)


def conflict_text(error: Refused) -> str:
    """Tell the next attempt what it collided with."""
    return "\n".join(part for part in (error.what, error.got, error.hint) if part)
