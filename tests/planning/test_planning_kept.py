"""The plan and the document of a run are kept with it, and shown together with what serves what."""

from __future__ import annotations

import json

import pytest

from mosaic_hookspecs import IntegrityError, NotFound, Plan, RunSpec, TaskSpec, digest
from mosaic_upp.lint import Linter

PRD = """# Notes

A service that keeps notes.

## Features

- Users can write a note.
- Users can read a note.
- Users can delete a note.
"""
PLUGINS = ("memory", "upp", "engine", "workspaces", "workflow")
WORKFLOW = "name: Small\non: workflow_dispatch\njobs:\n  one:\n    steps:\n      - run: 'true'\n"


async def created(kernel, run_id, **request):
    return await kernel.dispatch("run.create", {"run_id": run_id, "settings": {"workspace": ""}, **request})


async def shown(kernel, **request):
    return await kernel.dispatch("plan.show", request)


async def planned(kernel):
    return (await kernel.dispatch("plan.new", {"text": PRD, "source": "PRD.md"})).plan


@pytest.fixture
def of_a_repository(tmp_path):
    return {"settings": {"repository": str(tmp_path / "made")}}


async def test_a_documents_run_keeps_both(mosaic_kernel, of_a_repository):
    async with mosaic_kernel(*PLUGINS) as kernel:
        run = await created(kernel, "one", target="PRD.md", text=PRD, **of_a_repository)
        assert set(run.settings) >= {"plan", "document"}
        found = await shown(kernel)
        assert (found.origin, found.run_id, found.source, found.note) == ("kept", "one", "PRD.md", "")
        assert found.document == PRD
        plan = Plan.from_data(found.plan)
        assert [leaf.node_id for leaf in plan.leaves()] == [
            task.task_id for task in (await kernel.dispatch("task.list", {"run_id": "one"})).items
        ]
        assert list(found.findings) == list(Linter().check(plan))
        lines = PRD.split("\n")
        for one in found.coverage:
            serving = [node.node_id for node in plan.leaves() if one.requirement_id in node.serves]
            assert list(one.served_by) == serving
            assert serving
            assert any(word in lines[one.start - 1] for word in one.text.split())
        assert {one.requirement_id for one in found.coverage} == {
            one.requirement_id for one in plan.requirements
        }


async def test_a_goals_run_keeps_its_plan_and_has_no_document(mosaic_kernel, of_a_repository):
    async with mosaic_kernel(*PLUGINS) as kernel:
        goal = "Build a REST API for a bookshop with books and authors"
        run = await created(kernel, "one", goal=goal, **of_a_repository)
        found = await shown(kernel, run_id="one")
        assert (found.origin, found.document, found.plan["goal"]) == ("kept", "", goal)
        assert "document" not in run.settings


async def test_a_plans_document_is_found_in_the_project_and_only_by_its_digest(
    mosaic_kernel, tmp_path, of_a_repository
):
    async with mosaic_kernel(*PLUGINS) as kernel:
        plan = await planned(kernel)
        text = json.dumps(plan)
        await created(kernel, "without", target="plan.json", text=text, **of_a_repository)
        assert (await shown(kernel, run_id="without")).document == ""
        (kernel_directory := tmp_path).joinpath("PRD.md").write_text(PRD, "utf-8")
        assert (await shown(kernel, text=text, path="plan.json")).document == PRD
        await created(kernel, "with", target="plan.json", text=text, **of_a_repository)
        assert (await shown(kernel, run_id="with")).document == PRD
        kernel_directory.joinpath("PRD.md").write_text(PRD + "More.\n", "utf-8")
        # What a run keeps stays; the file that changed is not the plan's document any more …
        assert (await shown(kernel, run_id="with")).document == PRD
        # … but the store has it by its digest, from a path outside of the project, too.
        assert (await shown(kernel, plan={**plan, "source": "../../PRD.md"})).document == PRD
        other = {**plan, "source": "../secret", "source_digest": digest(b"secret")}
        tmp_path.parent.joinpath("secret").write_bytes(b"secret")
        assert (await shown(kernel, plan=other)).document == ""
        tmp_path.joinpath("notes.md").write_bytes(b"changed since")
        assert (await shown(kernel, plan={**other, "source": "notes.md"})).document == ""
        tmp_path.joinpath("notes.md").write_bytes(b"secret")
        assert (await shown(kernel, plan={**other, "source": "notes.md"})).document == "secret"


async def test_a_plan_in_a_document_is_shown_beside_that_document(mosaic_kernel):
    text = "# E.001 Shop\n\n## F.001.01 Books (10 min)\n\n## F.001.02 Books (40 min)\n"
    async with mosaic_kernel(*PLUGINS) as kernel:
        found = await shown(kernel, text=text, path="tree.md")
        assert (found.origin, found.document, list(found.coverage)) == ("given", text, [])
        assert {"UPP202", "UPP801"} <= {finding.code for finding in found.findings}
        places = {(one.subject, one.location.line) for one in found.findings if one.code == "UPP202"}
        assert places == {("F.001.02", 5)}


async def test_an_older_run_is_rebuilt_from_its_tasks(mosaic_kernel, of_a_repository):
    async with mosaic_kernel(*PLUGINS) as kernel:
        await created(kernel, "new", target="PRD.md", text=PRD, **of_a_repository)
        whole = await shown(kernel, run_id="new")
        details = [
            await kernel.dispatch("task.show", {"run_id": "new", "task_id": task.task_id})
            for task in (await kernel.dispatch("task.list", {"run_id": "new"})).items
        ]
        engine = kernel.port("scheduling").get()
        spec = RunSpec(run_id="old", title="Notes", target="PRD.md")
        await engine.create(spec, [detail.spec for detail in details])
        found = await shown(kernel, run_id="old")
        assert found.origin == "rebuilt"
        assert "keeps no plan" in found.note
        plan, old = Plan.from_data(whole.plan), Plan.from_data(found.plan)
        assert [(node.node_id, node.title) for node in old.nodes] == [
            (node.node_id, node.title) for node in plan.nodes
        ]
        assert [(leaf.minutes, leaf.checks) for leaf in old.leaves()] == [
            (leaf.minutes, leaf.checks) for leaf in plan.leaves()
        ]
        assert {one.requirement_id: list(one.served_by) for one in found.coverage} == {
            one.requirement_id: list(one.served_by) for one in whole.coverage
        }
        # A run of the rebuilt plan asks of its agents what the old one asked.
        again = {"target": "plan.json", "text": json.dumps(found.plan), **of_a_repository}
        await created(kernel, "again", **again)
        for detail in details:
            new = await kernel.dispatch("task.show", {"run_id": "again", "task_id": detail.task.task_id})
            assert new.spec.work == detail.spec.work


async def test_what_has_no_plan_says_so(mosaic_kernel):
    async with mosaic_kernel(*PLUGINS) as kernel:
        with pytest.raises(NotFound, match="no runs yet"):
            await shown(kernel)
        await created(kernel, "flow", target="small.yaml", text=WORKFLOW)
        found = await shown(kernel, run_id="flow")
        assert (found.origin, found.plan, found.coverage, found.findings) == ("absent", {}, (), ())
        assert "small.yaml" in found.note
        with pytest.raises(NotFound, match="no run 'none'"):
            await shown(kernel, run_id="none")
        lost = RunSpec(run_id="lost", settings={"plan": digest(b"gone")})
        await kernel.port("scheduling").get().create(lost, [TaskSpec(task_id="a")])
        with pytest.raises(IntegrityError, match="not in the store"):
            await shown(kernel, run_id="lost")


async def test_another_store_takes_them_over_and_a_backup_holds_them(mosaic_kernel, tmp_path, of_a_repository):
    tmp_path.joinpath("mosaic.yaml").write_text("ports: {storage: memory}\n", "utf-8")
    async with mosaic_kernel(*PLUGINS, "sqlite", "ledger") as kernel:
        await created(kernel, "one", target="PRD.md", text=PRD, **of_a_repository)
        before = await shown(kernel, run_id="one")
        kept = (await kernel.dispatch("run.show", {})).settings
        await kernel.dispatch("plugins.swap", {"port": "storage", "name": "sqlite", "keeps": False})
        assert await shown(kernel, run_id="one") == before
        await kernel.dispatch("storage.backup", {"path": str(tmp_path / "copy.db")})
        await kernel.dispatch("storage.restore", {"path": str(tmp_path / "copy.db")})
        assert await shown(kernel, run_id="one") == before
        blobs = await kernel.port("storage").get().blobs()
        assert {kept["plan"], kept["document"]} <= set(blobs)


async def test_a_clients_own_plan_goes_with_its_document(mosaic_kernel, tmp_path):
    outline = {
        "title": "Notes",
        "requirements": [
            {"id": f"R{line}", "kind": "feature", "text": PRD.split("\n")[line - 1], "lines": [line, line]}
            for line in (7, 8, 9)
        ],
        "nodes": [
            {
                "key": "all",
                "title": "Keep notes",
                "children": [
                    {
                        "key": f"k{line}",
                        "title": f"Do what line {line} says",
                        "minutes": 20,
                        "serves": [f"R{line}"],
                        "checks": [f"pytest -q tests/test_{line}.py"],
                    }
                    for line in (7, 8, 9)
                ],
            }
        ],
    }
    async with mosaic_kernel(*PLUGINS, "modelplanner") as kernel:
        request = {"outline": outline, "text": PRD, "source": "PRD.md", "repository": str(tmp_path / "notes")}
        answer = await kernel.dispatch("plan.submit", {**request, "start": True})
        assert answer.passes, answer.findings
        found = await shown(kernel, run_id=answer.run_id)
        assert (found.origin, found.document) == ("kept", PRD)
        assert [len(one.served_by) for one in found.coverage] == [1, 1, 1]
