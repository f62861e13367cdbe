"""The operations on drafts: made, shown, changed, undone, started, deleted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import trio

from mosaic_hookspecs import Call, Context, Plan, Refused

from . import records as r
from .beginning import begin
from .configuration import Config
from .editing import edited
from .keeping import Draft, Keeping
from .steps import step_of, taken

_SHOWN = 5


class Desk:
    """The handlers."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._config: Config = context.config or Config()
        self._keeping = Keeping(context, self._config.storage_seconds, self._config.drafts)

    async def create(self, request: r.CreateDraft, call: Call) -> r.DraftView:
        """Make a draft."""
        found = await begin(self._context, request, call)
        now = self._context.clock.now()
        draft = Draft(
            id="",
            version=0,
            plan=found.plan.to_data(),
            document=await self._keeping.put_document(found.document),
            by=call.principal.name,
            made_at=now,
            changed_at=now,
            origin=found.origin,
            repository=found.repository,
        )
        return await self._view(await self._keeping.create(draft), call)

    async def list(self, request: r.ListDrafts, call: Call) -> r.DraftList:
        """List the drafts."""
        return r.DraftList(items=[_line(draft) for draft in await self._keeping.all()])

    async def show(self, request: r.NameDraft, call: Call) -> r.DraftView:
        """Show a draft."""
        return await self._view(await self._keeping.read(request.id), call)

    async def edit(self, request: r.EditDraft, call: Call) -> r.DraftView:
        """Change a draft."""
        draft = await self._keeping.read(request.id, request.version)

        async def repair(plan: Plan) -> Plan:
            asked = {"text": json.dumps(plan.to_data()), "format": "json"}
            written = await self._context.dispatch("plan.fix", asked, call.principal)
            return Plan.from_data(json.loads(written.text))

        before = await trio.to_thread.run_sync(Plan.from_data, draft.plan)
        done = await edited(before, request.edits, repair)
        plan, change = await trio.to_thread.run_sync(_compared, draft.plan, done.plan)
        if plan == draft.plan:
            return await self._view(draft, call)
        step = {
            **change,
            "words": done.words,
            "renumbered": dict(done.renumbered),
            "by": call.principal.name,
            "at": self._context.clock.now(),
        }
        name = await self._keeping.keep_step(draft, step)
        undo = [*draft.undo, name]
        forgotten = [*undo[: -self._config.steps], *draft.redo]
        undo = undo[-self._config.steps :]
        new = attrs.evolve(draft, plan=plan, undo=undo, redo=(), changed_at=step["at"])
        try:
            new = await self._keeping.write(new)
        except Refused:
            await self._keeping.forget_steps([name])
            raise
        await self._keeping.forget_steps(forgotten)
        return await self._view(new, call, renumbered=done.renumbered, added=done.added)

    async def undo(self, request: r.StepDraft, call: Call) -> r.DraftView:
        """Take the last change back."""
        draft = await self._keeping.read(request.id, request.version)
        if not draft.undo:
            raise Refused("nothing-to-undo", "there is no change to take back", where=request.id)
        step = await self._keeping.step(draft.undo[-1])
        moved = {now: old for old, now in step["renumbered"].items()}
        redo = [*draft.redo, draft.undo[-1]]
        plan = taken(draft.plan, step, back=True)
        stepped = attrs.evolve(draft, plan=plan, undo=draft.undo[:-1], redo=redo)
        return await self._stepped(stepped, call, moved)

    async def redo(self, request: r.StepDraft, call: Call) -> r.DraftView:
        """Make the change that was taken back last again."""
        draft = await self._keeping.read(request.id, request.version)
        if not draft.redo:
            raise Refused("nothing-to-redo", "no change was taken back", where=request.id)
        step = await self._keeping.step(draft.redo[-1])
        undo = [*draft.undo, draft.redo[-1]]
        plan = taken(draft.plan, step, back=False)
        stepped = attrs.evolve(draft, plan=plan, undo=undo, redo=draft.redo[:-1])
        return await self._stepped(stepped, call, step["renumbered"])

    async def start(self, request: r.StartDraft, call: Call) -> r.StartedDraft:
        """Make a run of a draft."""
        draft = await self._keeping.read(request.id, request.version)
        view = await self._view(draft, call)
        errors = [finding for finding in view.findings if finding.severity == "error"]
        if errors:
            shown = [f"{one.code} {one.subject}: {one.message}" for one in errors[:_SHOWN]]
            more = [f"and {len(errors) - _SHOWN} more"] if len(errors) > _SHOWN else []
            raise Refused(
                "plan-gate",
                f"the plan fails {len(errors)} gate{'s' if len(errors) > 1 else ''}",
                where=errors[0].subject or request.id,
                expected="a plan without errors",
                got="; ".join([*shown, *more]),
                hint="Mend every error first; draft.show lists them.",
            )
        settings: dict[str, Any] = dict(request.settings)
        if request.repository:
            settings["repository"] = request.repository
        if draft.plan.get("goal"):
            settings.setdefault("goal", draft.plan["goal"])
        asked = {
            "target": f"drafts/{draft.id}.json",
            "text": json.dumps(draft.plan),
            "settings": settings,
            "project": request.project,
            "run_id": request.run_id,
            "budget": request.budget,
        }
        run = await self._context.dispatch("run.create", asked, call.principal)
        await self._keeping.note_run(draft.id, run.run_id)
        return r.StartedDraft(run_id=run.run_id, title=run.title, tasks=run.total)

    async def delete(self, request: r.StepDraft, call: Call) -> r.DeletedDraft:
        """Take a draft away."""
        draft = await self._keeping.read(request.id, request.version)
        await self._keeping.delete(draft)
        return r.DeletedDraft(id=draft.id, title=draft.title)

    async def _stepped(self, draft: Draft, call: Call, renumbered: Mapping[str, str]) -> r.DraftView:
        changed = attrs.evolve(draft, changed_at=self._context.clock.now())
        return await self._view(await self._keeping.write(changed), call, renumbered=renumbered)

    async def _view(
        self,
        draft: Draft,
        call: Call,
        *,
        renumbered: Mapping[str, str] | None = None,
        added: Sequence[str] = (),
    ) -> r.DraftView:
        shown = await self._context.dispatch("plan.show", {"plan": draft.plan}, call.principal)
        findings = [_finding(one) for one in shown.findings]
        errors = sum(one.severity == "error" for one in findings)
        return r.DraftView(
            **_head(draft),
            plan=draft.plan,
            document=await self._keeping.document(draft.document),
            findings=findings,
            coverage=[r.DraftCoverage(**attrs.asdict(one)) for one in shown.coverage],
            errors=errors,
            warnings=len(findings) - errors,
            can_undo=bool(draft.undo),
            can_redo=bool(draft.redo),
            undo=await self._keeping.words(draft.undo),
            redo=await self._keeping.words(draft.redo),
            renumbered=renumbered or {},
            added=added,
            repository=draft.repository,
        )


def _compared(before: Mapping[str, Any], after: Plan) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    plan = after.to_data()
    return plan, step_of(before, plan)


def _finding(finding: Any) -> r.DraftFinding:
    return r.DraftFinding(
        code=finding.code,
        severity=finding.severity.value,
        message=finding.message,
        subject=finding.subject,
        line=finding.location.line if finding.location else 0,
        hint=finding.hint,
        is_fixable=finding.is_fixable,
    )


def _head(draft: Draft) -> dict[str, Any]:
    """Return what is in `DraftHead`."""
    return {
        "id": draft.id,
        "version": draft.version,
        "title": draft.title,
        "by": draft.by,
        "made_at": draft.made_at,
        "changed_at": draft.changed_at,
        "source": str(draft.plan.get("source", "")),
        "origin": draft.origin,
        "runs": draft.runs,
    }


def _line(draft: Draft) -> r.DraftLine:
    leaves = _leaves(draft.plan)
    minutes = sum(leaf.get("minutes") or 0 for leaf in leaves)
    return r.DraftLine(**_head(draft), leaves=len(leaves), minutes=minutes)


def _leaves(plan: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the leaves of a plan as data, without reading all of it."""
    groups = [node["node_id"].partition(".")[2] for node in plan.get("nodes", ())]
    parents = {name.rpartition(".")[0] for name in groups}
    return [node for node, name in zip(plan.get("nodes", ()), groups, strict=True) if name not in parents]
