"""Plans by the client itself: how to write one, and the gates' answer to it, until it passes."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs import Call, Context, Finding, PlanRequest, digest

from . import prompts
from .decoding import Malformed, outline_of
from .drafts import write_plan
from .gates import Gates, read_by_rules
from .numbering import numbered
from .outline import OUTLINE
from .phases import require_plannable
from .records import Brief, Objection, SubmitPlan, Submitted, WhatToPlan
from .repository import files_of, readable
from .settings import Config

_AGAIN = "Mend every error, and call plan_submit again with the whole outline."
_NEXT = (
    "Write the whole plan as an outline (title, goal, requirements, nodes) and call plan_submit with it and "
    "the same text; it answers with what is wrong until the plan passes."
)


class Submitting:
    """The handlers of ``plan.brief`` and ``plan.submit``."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._config: Config = context.config or Config()

    async def brief(self, request: WhatToPlan, call: Call) -> Brief:
        """Say how to write a plan down."""
        require_plannable(
            PlanRequest(text=request.text, goal=request.goal, source=request.source), self._config
        )
        repository = readable(request.repository, self._context, call.principal)
        asked = await read_by_rules(self._context, request.text, request.source)
        return Brief(
            instructions=prompts.RULES,
            form=OUTLINE,
            document=prompts.numbered_lines(request.text),
            asked=[
                f"lines {one.span.start}-{one.span.end} ({one.kind}): {one.text}" for one in asked if one.span
            ],
            files=files_of(repository),
            next=_NEXT,
        )

    async def submit(self, request: SubmitPlan, call: Call) -> Submitted:
        """Judge a plan; keep it if it passes, and make a run of it if that is wanted."""
        require_plannable(PlanRequest(text=request.text, goal="a plan", source=request.source), self._config)
        try:
            outline = outline_of(request.outline)
            named = digest(request.text.encode("utf-8", "replace")) if request.text else ""
            plan = numbered(outline, source=request.source if request.text else "", digest=named)
        except Malformed as error:
            found = Objection(code="MDL000", severity="error", subject="outline", message=str(error))
            return Submitted(passes=False, findings=[found], next=_AGAIN)
        gates = Gates(
            self._context, request.text, await read_by_rules(self._context, request.text, request.source)
        )
        judgement = gates.judge(plan)
        findings = [_objection(finding) for finding in judgement.findings]
        if judgement.errors:
            return Submitted(passes=False, findings=findings, next=_AGAIN)
        path = write_plan(self._context.state_directory, judgement.plan)
        leaves = judgement.plan.leaves()
        run_id = await self._started(request, str(path), path.read_text("utf-8"), call) if request.start else ""
        return Submitted(
            passes=True,
            findings=findings,
            file=str(path),
            run_id=run_id,
            tasks=len(leaves),
            minutes=sum(leaf.minutes or 0 for leaf in leaves),
            next=f"The run {run_id} is made; take its tasks, or call run_drive."
            if run_id
            else f"It passes, and is kept. Call plan_submit with start=true, or `mosaic run {path}`.",
        )

    async def _started(self, request: SubmitPlan, path: str, text: str, call: Call) -> str:
        if request.text:
            # The plan names the document by its digest, by which the run finds it.
            await self._context.port("storage").get().put_blob(request.text.encode("utf-8", "replace"))
        settings = {"repository": request.repository} if request.repository else {}
        asked = {"target": path, "text": text, "settings": settings}
        view = await self._context.dispatch("run.create", asked, call.principal)
        run_id: str = view.run_id
        return run_id


def _objection(finding: Finding) -> Objection:
    return Objection(
        code=finding.code,
        severity=finding.severity.value,
        subject=finding.subject,
        message=finding.message,
        hint=finding.hint,
    )


__all__: Sequence[str] = ["Submitting"]
