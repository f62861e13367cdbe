"""Projects side by side: what each does, what it cost, and what it wants of a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import trio

from mosaic_hookspecs import Context, MosaicError, NotFound, Principal, RunState

from .account import Account, ProjectLine, RunLine
from .forecasting import OVER, forecast
from .project_records import ListProjects, NeedLine, ProjectList, ProjectView
from .timeline import SIZES

_DAY = SIZES["day"]
_DAYS, _MOST_NEEDS, _MOST_OPEN = 14, 5, 20


class Projects:
    """Makes the cross-project view."""

    def __init__(self, context: Context, account: Account, least: int) -> None:
        self._context = context
        self._account = account
        self._least = least

    async def listed(self, request: ListProjects, principal: Principal) -> ProjectList:
        """Return every project, or the one that is named."""
        account, now = self._account, self._context.clock.now()
        require_project(account, request.project)
        problems: list[str] = []
        costs = await self._costs(principal, problems)
        needs = await self._needs(principal, problems)
        runs: dict[str, dict[str, RunLine]] = {}
        for run_id, run in account.runs.items():
            if request.project in ("", run.project):
                runs.setdefault(run.project, {})[run_id] = run
        lines, items = account.projects, []
        for name, found in runs.items():
            items.append(self._view(name, lines[name], found, costs, needs.get(name, ()), now))
            await trio.lowlevel.checkpoint()  # each takes a while: others have their turn
        items.sort(key=lambda item: (-item.last_at, item.project))
        return ProjectList(items=items, now=now, problems=problems)

    def _view(  # noqa: PLR0913 - the parts of a project
        self,
        name: str,
        line: ProjectLine,
        runs: Mapping[str, RunLine],
        costs: Mapping[str, tuple[float, int]] | None,
        needs: Sequence[NeedLine],
        now: int,
    ) -> ProjectView:
        states: dict[str, int] = {}
        for run in runs.values():
            states[run.state.value] = states.get(run.state.value, 0) + 1
        unfinished = [run_id for run_id, run in runs.items() if run.state not in OVER]
        unfinished.sort(key=lambda run_id: -runs[run_id].created_at)
        days, accepted, first = self._accepted(name, now)
        money, tokens = (None, None) if costs is None else costs.get(name, (0.0, 0))
        return ProjectView(
            project=name,
            runs=states,
            tasks={state.value: count for state, count in line.tasks.items() if count},
            open=unfinished[:_MOST_OPEN],
            open_total=sum(runs[run_id].total for run_id in unfinished),
            open_accepted=sum(runs[run_id].accepted for run_id in unfinished),
            in_flight=line.pace.held,
            accepted_today=days[-1],
            accepted_days=days,
            first_share=first / accepted if accepted else None,
            spent_money=money,
            spent_tokens=tokens,
            last_at=max(run.last_at for run in runs.values()),
            newest_run=max(runs, key=lambda run_id: (runs[run_id].created_at, run_id)),
            needs_count=len(needs),
            needs=needs[:_MOST_NEEDS],
            forecast=forecast(runs.values(), line.pace, now, self._least),
        )

    def _accepted(self, project: str, now: int) -> tuple[Sequence[int], int, int]:
        """Return what was accepted on each of the last days, and ever, and of that at the first attempt."""
        today = now // _DAY
        days, accepted, first = [0] * _DAYS, 0, 0
        for start, cell in self._account.timeline.cells(project):
            accepted, first = accepted + cell.accepted, first + cell.first
            age = today - start // _DAY
            if 0 <= age < _DAYS:
                days[-1 - age] += cell.accepted
        return days, accepted, first

    async def _costs(self, principal: Principal, problems: list[str]) -> Mapping[str, tuple[float, int]] | None:
        try:
            view = await self._context.dispatch("costs.show", {"by": "project", "limit": 10_000}, principal)
        except MosaicError as error:
            problems.append(f"what it cost is not known: {error.what}")
            return None
        return {line.name: (line.money, line.input_tokens + line.output_tokens) for line in view.lines}

    async def _needs(self, principal: Principal, problems: list[str]) -> Mapping[str, Sequence[NeedLine]]:
        runs = self._account.runs
        found: dict[str, list[NeedLine]] = {}
        for run_id, run in runs.items():
            if run.state is RunState.EXHAUSTED:
                title = "the budget is spent"
                need = NeedLine(kind="budget", id="", title=title, run_id=run_id, task_id="", since=run.last_at)
                found.setdefault(run.project, []).append(need)
        try:
            inbox: Any = await self._context.dispatch("inbox.list", {"limit": 1000}, principal)
        except MosaicError as error:
            problems.append(f"what waits for a person is not known: {error.what}")
        else:
            for item in inbox.items:
                if item.run_id in runs and item.state != "taken":
                    found.setdefault(runs[item.run_id].project, []).append(_need(item))
        return {name: sorted(needs, key=lambda need: need.since) for name, needs in found.items()}


def require_project(account: Account, name: str) -> None:
    """Raise `NotFound` (code ``no-project``) where a project is named that no run ever belonged to."""
    if name and name not in account.projects:
        raise NotFound(
            "no-project",
            f"no run belongs to a project {name!r}",
            expected=", ".join(sorted(account.projects)[:20]) or "a project that has runs; there are none yet",
            hint="project.list lists them.",
        )


def _need(item: Any) -> NeedLine:
    return NeedLine(
        kind=item.kind,
        id=item.id,
        title=item.title,
        run_id=item.run_id,
        task_id=item.task_id,
        since=item.since,
    )
