"""``plan.show``: a plan beside the document that it plans, what serves what, and what the linter says.

Owns where a run's plan comes from: it was kept, or is rebuilt from the tasks, or there is none, which is
said in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.data import JsonObject
from mosaic_hookspecs.errors import InputError, Location
from mosaic_hookspecs.findings import Finding
from mosaic_hookspecs.plan import Plan
from mosaic_hookspecs.tasks import TaskSpec
from mosaic_hookspecs.which_run import find_run

from . import records as r
from .desk import Desk
from .keeping import Keeping

if TYPE_CHECKING:
    from mosaic_hookspecs.storage import Storage

_PAGE = 1000
_REBUILT = "This run keeps no plan. This one is rebuilt from its tasks: what no task says is not in it."
_NO_PLAN = "This run has no plan: its tasks come from {}, which says what to do without a UPP tree."


class Showing:
    """Finds plans, and draws them up for people; large ones in a thread, so that nobody waits for them."""

    def __init__(self, context: Context, desk: Desk) -> None:
        self._context = context
        self._desk = desk
        self._keeping = Keeping(context)

    async def show(self, request: r.ShowPlan) -> r.ShownPlan:
        """Show a plan that is given, or that of a run.

        Raises:
            InputError: what was given is no plan, or a run is named beside it. NotFound: there is no such run.
        """
        if not request.text and not request.plan:
            return await self._of_run(request.run_id)
        if request.run_id:
            raise InputError(
                "bad-request",
                "a run's plan and one that is given cannot be shown at once",
                where="run_id",
                hint="Leave run_id out, or text and plan.",
            )
        plan = await trio.to_thread.run_sync(self._given, request)
        document = await self._keeping.document_of(plan, request.text, request.path)
        return await _shown(plan, document=document, origin="given", path=request.path)

    async def _of_run(self, run_id: str) -> r.ShownPlan:
        storage = self._context.port("storage").get()
        run = (await find_run(storage, run_id)).spec
        path = f"runs/{run.run_id}/plan.json"
        plan = await self._keeping.plan(run.settings, path)
        if plan is not None:
            document = await self._keeping.document(run.settings)
            return await _shown(plan, document=document, origin="kept", run_id=run.run_id)
        from .rebuilding import rebuild_plan

        plan = rebuild_plan(run, await _specs(storage, run.run_id))
        if plan is not None:
            return await _shown(plan, origin="rebuilt", note=_REBUILT, run_id=run.run_id)
        note = _NO_PLAN.format(run.target or "elsewhere")
        return r.ShownPlan(run_id=run.run_id, origin="absent", note=note)

    def _given(self, request: r.ShowPlan) -> Plan:
        if request.plan:
            return self._desk.read_data(request.plan, request.path or "plan")
        plan = self._desk.read_tree(request.text, request.path)
        if plan is None:
            raise InputError(
                "unknown-format",
                "this is no plan in any format that Mosaic reads",
                where=Location(path=request.path or "plan", line=1),
                expected=", ".join(self._desk.formats()),
                hint="Have a document planned with plan.new.",
            )
        return plan


async def _shown(plan: Plan, *, path: str = "", **fields: str) -> r.ShownPlan:
    findings, coverage, data = await trio.to_thread.run_sync(_judged, plan, path)
    return r.ShownPlan(plan=data, source=plan.source, findings=findings, coverage=coverage, **fields)


def _judged(plan: Plan, path: str) -> tuple[Sequence[Finding], Sequence[r.Coverage], JsonObject]:
    from .lint import judge, make_outline, serving_leaves

    outline = make_outline(plan)
    serving = serving_leaves(outline)
    coverage = [
        r.Coverage(
            requirement_id=one.requirement_id,
            kind=one.kind,
            text=one.text,
            start=one.span.start if one.span else 0,
            end=one.span.end if one.span else 0,
            served_by=[plan.nodes[index].node_id for index in serving.get(one.requirement_id, ())],
        )
        for one in plan.requirements
    ]
    return judge(outline, path), coverage, plan.to_data()


async def _specs(storage: Storage, run_id: str) -> Sequence[TaskSpec]:
    specs: list[TaskSpec] = []
    after = 0
    while page := await storage.tasks(run_id, after=after, limit=_PAGE):
        after = page[-1].position
        found = await storage.look_up(tasks=[(run_id, record.task_id) for record in page])
        specs += [one.spec for one in found.stored if one is not None]
    return specs
