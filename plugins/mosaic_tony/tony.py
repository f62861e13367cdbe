"""Tony: plans, has plans carried out, works, and talks to others; all of it over MCP."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import anyio
import attrs

from mosaic_hookspecs.errors import InputError
from mosaic_hookspecs.plan import Plan

from .messages import Messages
from .orchestrator import Orchestrator
from .plugins import Plugins
from .server import MCPServer
from .spawned import Spawned
from .views import Agent, Tally, record_of
from .working import Function, Worker, work

_DOCUMENTS = (".md", ".markdown", ".mdown", ".json", ".jsonl")


class Tony:
    """A developer's assistant on the system behind `mcp`.

    With an `orchestrator`, which is that of a shared system, plans are made behind `mcp` and carried out in the
    shared one: runs, workers and agents are those of all who share it. `name` is who writes messages.
    """

    def __init__(self, *, mcp: MCPServer, orchestrator: Orchestrator | None = None, name: str = "tony") -> None:
        self.name = name
        self.mcp = mcp
        self.orchestrator = orchestrator or Orchestrator(mcp)
        self.plugins = Plugins(mcp)
        self.messages = Messages(self.orchestrator.mcp, name)

    async def plan(self, goal_or_path: str | Path, *, planner: str = "", repository: str | Path = "") -> Plan:
        """Plan a goal in a sentence, or a document; a plan in a file is read. What comes passed the gates.

        Args:
            goal_or_path: a goal; or a `Path`, or a text that ends as one does (``PRD.md``, ``plan.json``).
            planner: ``rules`` (which needs no model), ``model``, or another that is there.
            repository: the directory that the plan is for, where there is one already.

        Raises:
            InputError: it cannot be planned, or the file cannot be read; located.
        """
        about: dict[str, Any] = {"planner": planner, "repository": str(repository)}
        if not _is_path(goal_or_path):
            found = await self.mcp.call("plan.new", goal=str(goal_or_path), **about)
        else:
            path, text = str(goal_or_path), await _text_of(goal_or_path)
            if path.lower().endswith((".json", ".jsonl")):
                found = await self.mcp.call("plan.import", text=text, path=path)
            else:
                found = await self.mcp.call("plan.new", text=text, source=path, **about)
        return Plan.from_data(found["plan"])

    async def spawn(  # noqa: PLR0913 - what a run may be told
        self,
        plan_or_goal: Plan | str | Path,
        *,
        into: str | Path = "",
        agents: str | Mapping[str, str] = "",
        project: str = "",
        budget: Mapping[str, Any] | None = None,
        run_id: str = "",
        settings: Mapping[str, Any] | None = None,
    ) -> Spawned:
        """Have a plan carried out, or a goal or document planned first.

        Args:
            plan_or_goal: what to do.
            into: the directory to work in, a repository that is made if it is not there. It is on the machine
                of the system that carries the plan out.
            agents: who does it: a name for all tasks, or a name for each of some nodes of the plan, with what
                is below them. Else whoever can.
            project: what the run belongs to.
            budget: the most that it may spend: ``{"tokens": …, "money": …}``.
            run_id: a name for the run.
            settings: further settings of the run, such as ``workspace``.
        """
        plan = (
            plan_or_goal if isinstance(plan_or_goal, Plan) else await self.plan(plan_or_goal, repository=into)
        )
        given = with_agents(plan, {"": agents} if isinstance(agents, str) else agents)
        place = await anyio.Path(into).absolute() if into and self.orchestrator.mcp is self.mcp else into
        return await self.orchestrator.submit(
            given, project=project, into=str(place), run_id=run_id, budget=budget, settings=settings
        )

    async def context(self, run_id: str, task_id: str, *, max_bytes: int = 16 * 1024) -> str:
        """Return the context pack of a task: all that whoever does it should know, the most useful first."""
        asked = {"run_id": run_id, "task_id": task_id, "max_bytes": max_bytes}
        return str((await self.orchestrator.mcp.call("task.context", **asked))["text"])

    async def work(  # noqa: PLR0913 - a worker's manners
        self,
        function: Function,
        *,
        name: str = "",
        labels: Sequence[str] = (),
        is_general: bool = True,
        most: int | None = None,
        until_idle: bool = False,
        patience_seconds: float = 60.0,
    ) -> Tally:
        """Be a worker, until cancelled: take tasks, call `function` with each, and report what it returns.

        An asynchronous function is awaited, another is called in a thread. It returns the values for the tasks
        that depend on this one, or a sentence, or nothing; the checks decide whether that is accepted. What it
        raises is a failure; `mosaic_tony.packs.GiveBack` gives the task to another. The task is kept while it
        works; it is cancelled when nobody wants the task any more.

        Args:
            function: does a task.
            name: the worker's name, unique there; Tony's own by default.
            labels: what it can do.
            is_general: whether it takes any task; else only those with its labels, or for its name.
            most: how many tasks to do.
            until_idle: return when there is no task now.
            patience_seconds: how long to wait for a system that is gone.
        """
        worker = Worker(
            name=name or self.name, labels=labels, is_general=is_general, patience_seconds=patience_seconds
        )
        return await work(self.orchestrator.mcp, function, worker, most=most, until_idle=until_idle)

    async def agents(self) -> Sequence[Agent]:
        """Return the agents that are there, and those that were."""
        found = await self.orchestrator.mcp.call("agent.list")
        return [record_of(Agent, one) for one in found["items"]]

    def follow(self, run_id: str) -> Spawned:
        """Return a run that is there already: after a restart, or one of somebody else."""
        return self.orchestrator.spawned(run_id)


def with_agents(plan: Plan, agents: Mapping[str, str]) -> Plan:
    """Return the plan with its leaves given to agents: by their own identifier, that of a node above, or "".

    Raises:
        InputError: the plan has no such node (code ``no-node``).
    """
    if not any(agents.values()):
        return plan
    known = {"", *(node.node_id for node in plan.nodes)}
    unknown = [name for name in agents if name not in known]
    if unknown:
        raise InputError(
            "no-node",
            "the plan has no such node",
            where="agents",
            expected="identifiers of the plan's nodes",
            got=", ".join(unknown)[:200],
        )
    leaves = {node.node_id for node in plan.leaves()}

    def given(node_id: str) -> str:
        above: str | None = node_id
        parents = {node.node_id: node.parent_id for node in plan.nodes}
        while above is not None:
            if above in agents:
                return agents[above]
            above = parents.get(above)
        return agents.get("", "")

    nodes = tuple(
        attrs.evolve(node, runtime=given(node.node_id), labels=())
        if node.node_id in leaves and given(node.node_id)
        else node
        for node in plan.nodes
    )
    return attrs.evolve(plan, nodes=nodes)


def _is_path(what: str | Path) -> bool:
    return isinstance(what, os.PathLike) or ("\n" not in what and what.lower().endswith(_DOCUMENTS))


async def _text_of(path: str | Path) -> str:
    try:
        return await anyio.Path(path).read_text("utf-8")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError("no-file", f"cannot be read: {reason}", where=str(path)) from None
