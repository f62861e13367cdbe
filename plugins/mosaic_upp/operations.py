"""The planning operations: thin, typed, and the same behind every door."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import InputError
from mosaic_hookspecs.operations import Call, Handler, Operation, OperationKind
from mosaic_hookspecs.plan import Plan
from mosaic_hookspecs.planning import PlanFormat, PlanLinter, PlanRequest

from . import records as r
from .desk import Desk
from .placing import place_findings

DEFAULT_PLANNER = "rules"


class _Handlers:
    def __init__(self, context: Context, linter: PlanLinter) -> None:
        self._context = context
        self._linter = linter
        self._desk = Desk(context)

    async def new(self, request: r.NewPlan, call: Call) -> r.PlanData:
        """Make a plan, and refuse one that fails the gates, whoever made it."""
        from .planner.certification import require_gates

        planner = self._planner(request.planner)
        asked = PlanRequest(
            text=request.text, source=request.source, goal=request.goal, repository=request.repository
        )
        plan = await planner.plan(asked)
        require_gates(plan, self._linter)
        return r.PlanData(plan=plan.to_data())

    async def check(self, request: r.CheckPlan, call: Call) -> r.PlanFindings:
        """Judge a plan."""
        from .lint import render

        plan = self._desk.read(request.text, request.path, request.format)
        findings = place_findings(self._linter.check(plan, path=request.path), request.text, request.path)
        return r.PlanFindings(findings=tuple(findings), rendered=render(findings, request.style, request.path))

    async def show(self, request: r.ShowPlan, call: Call) -> r.ShownPlan:
        """Show a plan beside its document."""
        from .showing import Showing

        return await Showing(self._context, self._desk).show(request)

    async def schedule(self, request: r.SchedulePlan, call: Call) -> r.PlanSchedule:
        """Say when each task of a plan could start."""
        from .scheduling import schedule_plan

        # In a thread, as what is shown: a large plan keeps nobody else waiting.
        return await trio.to_thread.run_sync(lambda: schedule_plan(self._desk.read_data(request.plan)))

    async def fix(self, request: r.PlanText, call: Call) -> r.WrittenPlan:
        """Repair what is mechanical, and write the plan in the format that it came in."""
        name = request.format or self._recognised(request.text, request.path)
        plan = self._desk.read(request.text, request.path, name)
        return r.WrittenPlan(text=self._desk.format(name).write(self._linter.fix(plan)))

    async def import_(self, request: r.PlanText, call: Call) -> r.PlanData:
        """Read a plan."""
        return r.PlanData(plan=self._desk.read(request.text, request.path, request.format).to_data())

    async def export(self, request: r.ExportPlan, call: Call) -> r.WrittenPlan:
        """Write a plan."""
        target = self._desk.format(request.format or "json")
        return r.WrittenPlan(text=target.write(self._given(request)))

    async def formats(self, request: r.AskFormats, call: Call) -> r.FormatList:
        """List the formats."""
        views = [
            r.FormatView(
                name=name, reads=_can(form, "read", "", ""), writes=_can(form, "write", Plan(title="-"))
            )
            for name, form in self._desk.formats().items()
        ]
        return r.FormatList(formats=tuple(views))

    def _given(self, request: r.ExportPlan) -> Plan:
        if request.plan:
            return self._desk.read_data(request.plan, request.path)
        return self._desk.read(request.text, request.path, "")

    def _recognised(self, text: str, path: str) -> str:
        found = next((name for name, form in self._desk.formats().items() if form.recognises(text, path)), "")
        if not found:
            self._desk.read(text, path, "")
        return found

    def _planner(self, name: str) -> Any:
        port = self._context.port("planning")
        planners = [each for each in port.names() if ":" not in each and each != "linter"]
        wanted = name or DEFAULT_PLANNER
        if wanted not in planners:
            raise InputError(
                "unknown-planner",
                "there is no such planner",
                where="planner",
                expected=", ".join(planners) or "none is here",
                got=repr(name)[:80],
            )
        return port.get(wanted)


def _can(form: PlanFormat, direction: str, *arguments: Any) -> bool:
    """Whether a format has a direction: one that is missing says so with the code ``no-such-direction``."""
    declared = getattr(form, f"can_{direction}", None)
    if declared is not None:
        return bool(declared)
    try:
        getattr(form, direction)(*arguments)
    except InputError as error:
        return error.code not in ("cannot-read", "cannot-write", "write-only", "read-only", "no-such-direction")
    return True


def operations(context: Context, linter: PlanLinter) -> Sequence[Operation]:
    """Declare every planning operation."""
    handlers = _Handlers(context, linter)

    def query(name: str, input_: type, output: type, handler: Handler, summary: str) -> Operation:
        return Operation(
            name=f"plan.{name}",
            kind=OperationKind.QUERY,
            input=input_,
            output=output,
            handler=handler,
            permission="plan:read",
            summary=summary,
        )

    return (
        query("new", r.NewPlan, r.PlanData, handlers.new, "Make a checked plan of a PRD or of a goal."),
        query(
            "check",
            r.CheckPlan,
            r.PlanFindings,
            handlers.check,
            "Judge a plan: findings with codes and places.",
        ),
        query(
            "show",
            r.ShowPlan,
            r.ShownPlan,
            handlers.show,
            "Show a run's plan: its document, the findings, and what serves each requirement.",
        ),
        query(
            "schedule",
            r.SchedulePlan,
            r.PlanSchedule,
            handlers.schedule,
            "Say when each task of a plan could start, the critical path, and the slack.",
        ),
        query("fix", r.PlanText, r.WrittenPlan, handlers.fix, "Repair what is mechanical in a plan."),
        query("import", r.PlanText, r.PlanData, handlers.import_, "Read a plan in any format."),
        query("export", r.ExportPlan, r.WrittenPlan, handlers.export, "Write a plan in another format."),
        query("formats", r.AskFormats, r.FormatList, handlers.formats, "List the formats of plans."),
    )
