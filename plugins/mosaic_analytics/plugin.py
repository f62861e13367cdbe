"""The plugin of analytics: four queries over an account that is kept in memory while they are asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mosaic_hookspecs import Context, Operation, OperationKind, hookimpl
from mosaic_hookspecs.operation_table import OperationRow, operations_of

from .configuration import Config
from .project_records import ListProjects, ProjectList
from .records import (
    AnalyticsView,
    ExportAnalytics,
    ExportedChart,
    ForecastList,
    ForecastRuns,
    ShowAnalytics,
)

if TYPE_CHECKING:
    from mosaic_hookspecs import Call

    from .desk import Desk


class AnalyticsPlugin:
    """Reads the log when it is first asked, and then what is new; does nothing in between."""

    Config = Config

    def __init__(self) -> None:
        self._desk: Desk | None = None

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare the queries."""

        async def show(request: ShowAnalytics, call: Call) -> AnalyticsView:
            return await self._the_desk(context).show(request, call)

        async def export(request: ExportAnalytics, call: Call) -> ExportedChart:
            return await self._the_desk(context).export(request, call)

        async def forecasts(request: ForecastRuns, call: Call) -> ForecastList:
            return await self._the_desk(context).forecasts(request)

        async def projects(request: ListProjects, call: Call) -> ProjectList:
            return await self._the_desk(context).projects(request, call)

        query = OperationKind.QUERY
        rows: tuple[OperationRow, ...] = (
            ("analytics.show", query, ShowAnalytics, AnalyticsView, show, "analytics:read",
             "Tell how work goes: throughput, times, failures, agents, costs, and when it will be done."),
            ("analytics.export", query, ExportAnalytics, ExportedChart, export, "analytics:read",
             "Give the data of one chart of analytics.show as CSV."),
            ("analytics.forecast", query, ForecastRuns, ForecastList, forecasts, "analytics:read",
             "Tell when runs will be done, as far as their pace so far can tell."),
            ("project.list", query, ListProjects, ProjectList, projects, "analytics:read",
             "Tell how each project stands: runs, tasks, costs, what needs a person, and a forecast."),
        )  # fmt: skip
        return operations_of(rows)

    def _the_desk(self, context: Context) -> Desk:
        from .desk import Desk

        if self._desk is None:
            self._desk = Desk(context)
        return self._desk
