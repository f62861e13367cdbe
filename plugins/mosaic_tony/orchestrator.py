"""The runs of a whole system, over its projects: those of everybody who shares it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mosaic_hookspecs.plan import Plan

from .following import Following
from .server import MCPServer
from .spawned import Spawned
from .views import Project, Run, record_of

_PAGE = 1000
_FOLLOWED = ("run.", "task.", "tony.")


class Orchestrator:
    """The shared side: projects, their runs, and what happens in them."""

    def __init__(self, mcp: MCPServer) -> None:
        self.mcp = mcp

    async def projects(self) -> Sequence[Project]:
        """Return the projects that have runs, by name."""
        found: dict[str, list[Run]] = {}
        for run in await self.runs():
            found.setdefault(run.project, []).append(run)
        return [_project(name, runs) for name, runs in sorted(found.items())]

    async def runs(self, project: str = "") -> Sequence[Run]:
        """Return runs, the newest first, of one project if it is named."""
        found: list[Run] = []
        known: set[str] = set()
        before: int | None = None
        while True:
            page = (await self.mcp.call("run.list", limit=_PAGE, before=before))["items"]
            new = [record_of(Run, one) for one in page if one["run_id"] not in known]
            known.update(run.run_id for run in new)
            found += [run for run in new if project in ("", run.project)]
            if len(page) < _PAGE or not new:
                return found
            # Several may be of one millisecond, and only some of them in the page: ask for them again.
            before = page[-1]["created_at"] + 1

    async def submit(  # noqa: PLR0913 - what a run may be told
        self,
        plan: Plan,
        *,
        project: str = "",
        into: str | Path = "",
        run_id: str = "",
        budget: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> Spawned:
        """Make a run of a plan, in the system's directory `into`, and have it worked on.

        Raises:
            InputError: the plan does not pass the gates, as `others` say one by one.
        """
        given = {**(settings or {}), **({"repository": str(into)} if into else {})}
        about: dict[str, Any] = {
            "target": f"{plan.title or 'plan'}.json",
            "text": json.dumps(plan.to_data(), ensure_ascii=False),
            "settings": given,
        }
        optional = {"project": project, "run_id": run_id, "budget": dict(budget) if budget else None}
        about |= {name: value for name, value in optional.items() if value}
        made = await self.mcp.call("run.create", **about)
        spawned = Spawned(self.mcp, made["run_id"], plan)
        await spawned.drive()
        return spawned

    def spawned(self, run_id: str) -> Spawned:
        """Return a run that is there already, to follow it or to have it worked on."""
        return Spawned(self.mcp, run_id)

    def follow(self, *, after: int | None = None) -> Following:
        """Iterate over what happens in every run, here and mirrored: from now on, or above a position."""
        return Following(self.mcp, after=after, kinds=_FOLLOWED)


def _project(name: str, runs: Sequence[Run]) -> Project:
    counts: dict[str, int] = {}
    for run in runs:
        for state, number in run.counts.items():
            counts[state] = counts.get(state, 0) + number
    return Project(
        name=name,
        runs=len(runs),
        open=sum(not run.is_final for run in runs),
        total=sum(run.total for run in runs),
        counts=counts,
    )
