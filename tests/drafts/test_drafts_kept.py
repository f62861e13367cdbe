"""Drafts in a kernel: begun, changed, undone across restarts, refused to the slower one, started, deleted."""

from __future__ import annotations

import json

import pytest
from drafting import PRD, features

from mosaic_hookspecs import InputError, NotFound, Plan, Principal, Refused, Unavailable

PLUGINS = ("memory", "upp", "engine", "workspaces", "workflow", "drafts")
READER = Principal(name="reader", permissions=frozenset({"plan:read"}))


class Drafting:
    """The operations on one draft, always with its newest version."""

    def __init__(self, kernel, view):
        self.kernel = kernel
        self.view = view

    async def __call__(self, verb, **data):
        asked = {"id": self.view.id, "version": self.view.version, **data}
        self.view = await self.kernel.dispatch(f"draft.{verb}", asked)
        return self.view

    async def edit(self, **edit):
        return await self("edit", edits=[edit])


async def begun(kernel, **request):
    return Drafting(kernel, await kernel.dispatch("draft.create", request))


def as_text(plan):
    return json.dumps(plan.to_data())


async def documents(kernel):
    storage = kernel.port("storage").get()
    return {name: [one.key for one in await storage.documents(name)] for name in await storage.collections()}


async def test_it_begins_with_a_document_a_goal_a_plan_or_a_run(mosaic_kernel, tmp_path):
    async with mosaic_kernel(*PLUGINS) as kernel:
        view = (await begun(kernel, text=PRD, path="PRD.md")).view
        assert (view.document, view.source, view.errors, view.can_undo) == (PRD, "PRD.md", 0, False)
        assert view.coverage
        goal = "Build a REST API for a bookshop with books and authors"
        assert (await begun(kernel, goal=goal)).view.plan["goal"] == goal
        given = (await begun(kernel, text=as_text(features()), title="Mine")).view
        assert given.plan == {**features().to_data(), "title": "Mine"}
        tree = "# E.001 Shop\n\n## F.001.01 Books (10 min)\n\n## F.001.02 Pens (10 min)\n"
        assert (await begun(kernel, text=tree)).view.document == tree
        settings = {"repository": str(tmp_path / "made")}
        run = {"run_id": "one", "target": "PRD.md", "text": PRD, "settings": settings}
        await kernel.dispatch("run.create", run)
        copied = (await begun(kernel, run_id="one")).view
        assert (copied.plan, copied.document, copied.origin) == (view.plan, PRD, "one")
        assert copied.repository == settings["repository"]
        listed = (await kernel.dispatch("draft.list", {})).items
        assert len(listed) == 5
        assert {(line.id, line.title) for line in listed} >= {(given.id, "Mine"), (copied.id, view.title)}
        for wrong in ({}, {"text": PRD, "goal": goal}, {"text": "word"}, {"text": '{"mosaic_plan": 1}'}):
            with pytest.raises(InputError):
                await begun(kernel, **wrong)
        flow = (
            "name: a\non: workflow_dispatch\njobs:\n  a:\n    runs-on: any\n    steps:\n      - run: 'true'\n"
        )
        await kernel.dispatch("run.create", {"run_id": "flow", "target": "a.yaml", "text": flow})
        with pytest.raises(Refused, match="no plan"):
            await begun(kernel, run_id="flow")


async def test_changes_are_undone_and_done_again_also_by_the_next_process(mosaic_kernel):
    plugins = ("sqlite", *PLUGINS[1:])
    async with mosaic_kernel(*plugins) as kernel:
        draft = await begun(kernel, text=as_text(features()))
        states = [draft.view.plan]
        await draft.edit(kind="rename", node="F.001.01", title="First")
        states.append(draft.view.plan)
        await draft.edit(kind="add_node", parent="E.001", position=0, title="Zero")
        states.append(draft.view.plan)
        assert (draft.view.added, draft.view.undo) == (["F.001.01"], "add “Zero”")
        await draft.edit(kind="remove_node", node="F.001.04")
        states.append(draft.view.plan)
        await draft("undo")
        assert (draft.view.can_undo, draft.view.can_redo, draft.view.redo) == (True, True, "remove “Three”")
    async with mosaic_kernel(*plugins) as kernel:
        draft = Drafting(kernel, await kernel.dispatch("draft.show", {"id": draft.view.id}))
        assert draft.view.plan == states[2]
        back = await draft("undo")
        assert back.renumbered == {"F.001.02": "F.001.01", "F.001.03": "F.001.02", "F.001.04": "F.001.03"}
        await draft("undo")
        assert draft.view.plan == states[0]
        with pytest.raises(Refused, match="no change to take back"):
            await draft("undo")
        for state in states[1:]:
            assert (await draft("redo")).plan == state
        with pytest.raises(Refused, match="no change was taken back"):
            await draft("redo")
        await draft("undo")
        await draft.edit(kind="set_minutes", node="F.001.02", minutes=7)
        assert not draft.view.can_redo
        assert len((await documents(kernel))["drafts.steps"]) == 3


async def test_of_two_who_change_it_at_once_the_slower_is_refused_and_leaves_nothing(mosaic_kernel):
    async with mosaic_kernel(*PLUGINS) as kernel:
        draft = await begun(kernel, text=as_text(features()))
        other = Drafting(kernel, draft.view)
        await draft.edit(kind="rename", node="F.001.01", title="First")
        for verb, more in (("edit", {"edits": [{"kind": "fix"}]}), ("undo", {}), ("start", {}), ("delete", {})):
            with pytest.raises(Refused) as refused:
                await other(verb, **more)
            assert (refused.value.code, refused.value.expected) == ("version-conflict", "version 2")
        assert len((await documents(kernel))["drafts.steps"]) == 1
        await other("undo", version=0)
        assert other.view.version == 3


async def test_a_conflict_in_the_store_itself_takes_its_step_away(mosaic_kernel):
    async with mosaic_kernel(*PLUGINS) as kernel:
        draft = await begun(kernel, text=as_text(features()))
        storage = kernel.port("storage").get()
        original = storage.put_document

        async def slow(collection, key, body, *, expected=None):
            if collection == "drafts.steps":
                found = await storage.get_document("drafts.plans", draft.view.id)
                await original("drafts.plans", draft.view.id, found.body)
            return await original(collection, key, body, expected=expected)

        desk = kernel.port("storage")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(desk, "get", lambda _="": _With(storage, put_document=slow), raising=False)
            with pytest.raises(Refused, match="changed meanwhile"):
                await draft.edit(kind="rename", node="F.001.01", title="First")
        assert "drafts.steps" not in await documents(kernel)


class _With:
    def __init__(self, inner, **instead):
        self.__dict__.update(instead)
        self._inner = inner

    def __getattr__(self, name):
        return getattr(self._inner, name)


async def test_a_cycle_is_kept_with_its_finding_and_not_started(mosaic_kernel, tmp_path):
    async with mosaic_kernel(*PLUGINS) as kernel:
        draft = await begun(kernel, text=as_text(features()))
        await draft.edit(kind="add_dependency", node="F.001.01", on="F.001.03")
        [cycle] = [one for one in draft.view.findings if one.code == "UPP102"]
        assert (cycle.subject, cycle.severity) == ("F.001.01", "error")
        with pytest.raises(Refused) as refused:
            await kernel.dispatch("draft.start", {"id": draft.view.id})
        assert refused.value.code == "plan-gate"
        assert "UPP102 F.001.01" in refused.value.got
        assert (await kernel.dispatch("run.list", {})).items == []
        await draft("undo")
        where = {"repository": str(tmp_path / "made"), "run_id": "mine"}
        run = await kernel.dispatch("draft.start", {"id": draft.view.id, **where})
        assert (run.run_id, run.tasks) == ("mine", 3)
        shown = await kernel.dispatch("plan.show", {"run_id": "mine"})
        assert (shown.origin, shown.plan) == ("kept", draft.view.plan)
        assert (await kernel.dispatch("draft.show", {"id": draft.view.id})).runs == ["mine"]


async def test_a_run_of_a_draft_has_its_document_and_its_goal(mosaic_kernel, tmp_path):
    async with mosaic_kernel(*PLUGINS) as kernel:
        view = (await begun(kernel, text=PRD)).view
        run = await kernel.dispatch("draft.start", {"id": view.id, "repository": str(tmp_path / "a")})
        assert (await kernel.dispatch("plan.show", {"run_id": run.run_id})).document == PRD
        goal = "Build a REST API for a bookshop with books and authors"
        view = (await begun(kernel, goal=goal)).view
        run = await kernel.dispatch("draft.start", {"id": view.id, "repository": str(tmp_path / "b")})
        assert (await kernel.dispatch("run.show", {"run_id": run.run_id})).settings["goal"] == goal


async def test_history_and_number_are_bounded_and_a_deleted_draft_leaves_nothing(mosaic_kernel):
    settings = {"plugins.drafts.steps": 3, "plugins.drafts.drafts": 2}
    async with mosaic_kernel(*PLUGINS, settings=settings) as kernel:
        draft = await begun(kernel, text=as_text(features()))
        for minutes in range(1, 8):
            await draft.edit(kind="set_minutes", node="F.001.01", minutes=minutes)
        await draft.edit(kind="set_minutes", node="F.001.01", minutes=7)  # says nothing new
        assert len((await documents(kernel))["drafts.steps"]) == 3
        for _ in range(3):
            await draft("undo")
        assert Plan.from_data(draft.view.plan).nodes[1].minutes == 4
        assert not draft.view.can_undo
        await begun(kernel, text=as_text(features()))
        with pytest.raises(Refused, match="as many drafts"):
            await begun(kernel, text=as_text(features()))
        await kernel.port("storage").get().put_document("drafts.steps", f"{draft.view.id}/lost", {})
        gone = await kernel.dispatch("draft.delete", {"id": draft.view.id})
        assert (gone.id, gone.title) == (draft.view.id, "Small")
        assert "drafts.steps" not in await documents(kernel)
        with pytest.raises(NotFound, match="no draft"):
            await kernel.dispatch("draft.show", {"id": draft.view.id})


async def test_who_may_only_read_changes_nothing_and_without_planning_it_says_what_is_missing(mosaic_kernel):
    async with mosaic_kernel(*PLUGINS) as kernel:
        draft = await begun(kernel, text=as_text(features()))
        assert (await kernel.dispatch("draft.show", {"id": draft.view.id}, READER)).version == 1
        for operation in ("draft.delete", "draft.undo", "draft.start"):
            with pytest.raises(Exception, match="plan:write"):
                await kernel.dispatch(operation, {"id": draft.view.id}, READER)
    async with mosaic_kernel("memory", "drafts") as kernel:
        with pytest.raises((NotFound, Unavailable), match=r"plan\.(show|new)"):
            await begun(kernel, text=PRD)


async def test_others_hear_of_changes(mosaic_kernel):
    async with mosaic_kernel(*PLUGINS) as kernel, kernel.bus.subscribe("drafts.*") as notices:
        draft = await begun(kernel, text=as_text(features()))
        await draft.edit(kind="rename", node="F.001.01", title="First")
        await kernel.dispatch("draft.delete", {"id": draft.view.id})
        heard = [(await anext(notices)).body["version"] for _ in range(3)]
        assert heard == [1, 2, 0]
