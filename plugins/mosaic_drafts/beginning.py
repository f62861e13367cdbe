"""Where the plan of a new draft comes from: a document or goal that is planned, a plan, or a run."""

from __future__ import annotations

from typing import Any

import attrs

from mosaic_hookspecs import Call, Context, InputError, Plan, Refused, digest

from .records import CreateDraft

_PASTED = "pasted.md"


@attrs.frozen(kw_only=True)
class Beginning:
    """A plan, the document that it plans, and the run that it comes from."""

    plan: Plan
    document: str = ""
    origin: str = ""
    repository: str = ""


async def begin(context: Context, request: CreateDraft, call: Call) -> Beginning:
    """Find or make the plan of a new draft.

    Raises:
        InputError: there is nothing, or more than one thing, to begin with; or it cannot be planned.
        Refused: the run has no plan.
    """
    given = [name for name in ("text", "goal", "run_id") if getattr(request, name).strip()]
    if len(given) != 1:
        raise InputError(
            "bad-request",
            "a draft begins with one thing",
            where=given[-1] if given else "text",
            expected="a text, a goal or a run",
            got=", ".join(given) or "nothing",
        )
    found = await _begin(context, request, call)
    plan = found.plan
    if request.title.strip():
        plan = attrs.evolve(plan, title=request.title.strip())
    if found.document and not plan.source_digest:
        # By it the run that is made of the plan finds the document again.
        plan = attrs.evolve(plan, source_digest=digest(found.document.encode("utf-8", "surrogatepass")))
    return attrs.evolve(found, plan=plan)


async def _begin(context: Context, request: CreateDraft, call: Call) -> Beginning:
    if request.run_id:
        shown = await context.dispatch("plan.show", {"run_id": request.run_id}, call.principal)
        if not shown.plan:
            raise Refused("no-plan", shown.note or "this run has no plan", where=request.run_id)
        run = await context.dispatch("run.show", {"run_id": request.run_id}, call.principal)
        where = run.settings.get("repository")
        return Beginning(
            plan=Plan.from_data(shown.plan),
            document=shown.document,
            origin=request.run_id,
            repository=where if isinstance(where, str) else "",
        )
    if request.text:
        path = request.path or _PASTED
        try:
            asked = {"text": request.text, "path": path}
            shown = await context.dispatch("plan.show", asked, call.principal)
        except InputError as error:
            if error.code != "unknown-format":
                raise
        else:
            return Beginning(
                plan=Plan.from_data(shown.plan), document=shown.document, repository=request.repository
            )
    made: Any = await context.dispatch(
        "plan.new",
        {
            "text": request.text,
            "source": (request.path or _PASTED) if request.text else "",
            "goal": request.goal,
            "planner": request.planner,
            "repository": request.repository,
        },
        call.principal,
    )
    return Beginning(plan=Plan.from_data(made.plan), document=request.text, repository=request.repository)
