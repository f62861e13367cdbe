"""The operations on agents and work, declared."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs import Call, Operation, OperationKind, OperationRow, operations_of

from . import inputs as i
from . import views as v
from .packing import Packs
from .reporting import Reporting
from .roster import Roster
from .taking import AGENT, Taking


def operations(roster: Roster, taking: Taking, reporting: Reporting, packs: Packs) -> Sequence[Operation]:
    """Declare them."""
    query, command = OperationKind.QUERY, OperationKind.COMMAND

    async def context(request: i.ReadContext, call: Call) -> v.ContextView:
        who = call.principal.name
        return await packs.of(
            request.run_id,
            request.task_id,
            request.max_bytes,
            agent=who.removeprefix(AGENT) if who.startswith(AGENT) else "",
            with_parts=request.with_parts,
        )

    rows: tuple[OperationRow, ...] = (
        ("agent.register", command, i.RegisterAgent, v.AgentView, roster.register, "agent:write",
         "Come as a worker, or change what you can do; work.take then brings work."),
        ("agent.heartbeat", command, i.NameAgent, v.AgentView, roster.heartbeat, "agent:write",
         "Say that you live, and keep all that you hold; any other call of yours does so, too."),
        ("agent.drain", command, i.NameAgent, v.AgentView, roster.drain, "agent:write",
         "Give a worker nothing more; what it holds it finishes."),
        ("agent.leave", command, i.NameAgent, v.Told, roster.leave, "agent:write",
         "Go; what you hold goes to others."),
        ("agent.list", query, i.ListAgents, v.AgentList, roster.listed, "agent:read",
         "List the agents that are here, what they hold, and those that were here."),
        ("agent.show", query, i.NameAgent, v.AgentView, roster.show, "agent:read", "Show one agent."),
        ("work.take", command, i.TakeWork, v.Taken, taking.take, "work:write",
         "Take the next task, with all that you need to know; waits for one if there is none."),
        ("work.progress", command, i.TellProgress, v.Progressed, reporting.progress, "work:write",
         "Keep a task that takes long, and learn whether to go on."),
        ("work.report", command, i.ReportWork, v.Reported, reporting.report, "work:write",
         "Report a task; answers whether the checks accepted it, and with the next one if you like."),
        ("work.release", command, i.ReleaseWork, v.Told, reporting.release, "work:write",
         "Give a task back undone, with notes for whoever gets it next."),
        ("task.context", query, i.ReadContext, v.ContextView, context, "task:read",
         "Read all that whoever does a task should know, bounded, the most useful first."),
    )  # fmt: skip
    return operations_of(rows, moves=("work.take",))
