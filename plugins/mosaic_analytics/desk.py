"""The handlers of the operations, and their accounts: one of all, and of the runs asked for last."""

from __future__ import annotations

from collections import OrderedDict

import trio

from mosaic_hookspecs import Call, Context, NotFound, Storage

from .account import Account
from .configuration import Config
from .costing import spent
from .exporting import exported
from .forecasting import OVER, forecast
from .project_records import ListProjects, ProjectList
from .projects import Projects, require_project
from .records import (
    AnalyticsView,
    ExportAnalytics,
    ExportedChart,
    ForecastList,
    ForecastRuns,
    RunForecast,
    ShowAnalytics,
)
from .showing import shown
from .spans import since_of

_MOST_RUNS = 4


class Desk:
    """Answers for one generation of the plugin."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._config: Config = context.config or Config()
        self._all = Account()
        self._of_runs: OrderedDict[str, Account] = OrderedDict()

    async def show(self, request: ShowAnalytics, call: Call) -> AnalyticsView:
        """Show how work goes."""
        now = self._context.clock.now()
        since_of(request.since, now)  # before a long log is read
        account = await (self._of_run(request.run_id) if request.run_id else self._of_all())
        require_project(account, request.project)
        costs = await spent(self._context, request, call.principal, now)
        return shown(account, request, costs, now, self._config.forecast_least)

    async def export(self, request: ExportAnalytics, call: Call) -> ExportedChart:
        """Give a chart's data as CSV."""
        asked = ShowAnalytics(
            run_id=request.run_id, project=request.project, since=request.since, bucket=request.bucket
        )
        return exported(request.chart, await self.show(asked, call))

    async def projects(self, request: ListProjects, call: Call) -> ProjectList:
        """Show the projects."""
        account = await self._of_all()
        return await Projects(self._context, account, self._config.forecast_least).listed(
            request, call.principal
        )

    async def forecasts(self, request: ForecastRuns) -> ForecastList:
        """Show when runs will be done, each at its own pace."""
        account, now = await self._of_all(), self._context.clock.now()
        runs = account.runs  # those of now, also where the log becomes another meanwhile
        for run_id in request.run_ids:
            if run_id not in runs:
                raise _no_run(run_id)
        newest = sorted(runs.items(), key=lambda one: -one[1].created_at)
        asked = request.run_ids or [run_id for run_id, run in newest if run.state not in OVER]
        least = self._config.forecast_least
        items = []
        for run_id in list(dict.fromkeys(asked))[: request.limit]:
            told = forecast([runs[run_id]], account.pace_of(run_id), now, least)
            items.append(RunForecast(run_id=run_id, forecast=told))
            await trio.lowlevel.checkpoint()  # each takes a while: others have their turn
        return ForecastList(items=items, now=now)

    @property
    def _storage(self) -> Storage:
        storage: Storage = self._context.port("storage").get()
        return storage

    async def _of_all(self) -> Account:
        await self._all.catch_up(self._storage)
        return self._all

    async def _of_run(self, run_id: str) -> Account:
        account = self._of_runs.setdefault(run_id, Account(run_id))
        self._of_runs.move_to_end(run_id)
        while len(self._of_runs) > _MOST_RUNS:
            self._of_runs.popitem(last=False)
        await account.catch_up(self._storage)
        if not account.runs:
            self._of_runs.pop(run_id, None)
            raise _no_run(run_id)
        return account


def _no_run(run_id: str) -> NotFound:
    return NotFound("no-run", f"there is no run {run_id!r}", hint="`mosaic runs` lists them.")
