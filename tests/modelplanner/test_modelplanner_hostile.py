"""Answers, documents and clients that do harm: bounded, told in words, and never remembered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import trio
from planning_model import (
    API,
    CORE,
    OUTLINE,
    PRD,
    REQUIREMENTS,
    SCRIPT,
    SECOND,
    SKELETON,
    ScriptedModel,
    leaf,
    reply,
)

from mosaic_hookspecs import Denied, InputError, MosaicError, Plan, Principal, Unavailable
from mosaic_modelplanner.keeping import trim

PLUGINS = ("memory", "upp", "engine", "workspaces", "modelplanner")
HOUR = 3600
PLANNER = Principal(name="ann", permissions=frozenset({"plan:read", "plan:write"}))


def planned(mosaic_kernel, model, **config):
    return mosaic_kernel(
        *PLUGINS,
        model.plugin(),
        settings={f"plugins.modelplanner.{key}": value for key, value in config.items()},
    )


async def plan_of(kernel, **request):
    data = {"text": PRD, "source": "PRD.md", "planner": "model", **request}
    return Plan.from_data((await kernel.dispatch("plan.new", data)).plan)


def node(key, *children):
    return {"key": key, "title": f"Do {key}", "children": list(children)}


def changing(**changes):
    return [REQUIREMENTS, SKELETON, CORE, API, changes]


TWICE = {"nodes": [node("api", leaf("write", "R3"), leaf("remove", "R4"))]}
CONTRARY = {
    "two epics use one key": [REQUIREMENTS, SKELETON, CORE, TWICE],
    "each epic is the whole plan": [REQUIREMENTS, SKELETON, OUTLINE, OUTLINE],
    "two epics are called the same": [REQUIREMENTS, {"nodes": [node("core"), node("core")]}],
    "what is added is there already": changing(add=[{"under": "", "node": leaf("write", "R1")}]),
    "a node is put below itself": changing(replace=[node("core", node("core"))]),
    "two nodes are below each other": changing(replace=[node("core", node("api")), node("api", node("core"))]),
    "a node is added below itself": changing(add=[{"under": "core", "node": node("x", node("core"))}]),
    "it grows without end": changing(add=[{"under": "core", "node": node("x", *[node("core")] * 50)}] * 50),
    "it is too deep": changing(
        add=[{"under": "write", "node": node("a", node("b", node("c", node("d", node("e")))))}]
    ),
    "it is too wide": [
        REQUIREMENTS,
        SKELETON,
        CORE,
        {"nodes": [node("api", *(leaf(f"l{n}") for n in range(150)))]},
    ],
    "it is too long": ["{" + " " * 2_000_001 + "}"],
    "it is nested without end": ['{"title": ' + "[" * 900 + "]" * 900 + "}"],
}


@pytest.mark.parametrize("name", CONTRARY)
async def test_a_contrary_answer_is_given_back_and_then_refused(mosaic_kernel, name):
    model = ScriptedModel(*CONTRARY[name])
    async with planned(mosaic_kernel, model, repairs=1) as kernel:
        with trio.fail_after(30), pytest.raises(MosaicError) as refused:
            await plan_of(kernel)
        assert refused.value.code in ("model-malformed", "plan-gate")
        assert refused.value.got


async def test_a_contrary_answer_is_mended_by_the_next(mosaic_kernel):
    model = ScriptedModel(REQUIREMENTS, SKELETON, CORE, TWICE, API, SECOND)
    async with planned(mosaic_kernel, model) as kernel:
        assert len((await plan_of(kernel)).leaves()) == 4
        assert "'write' is taken already" in model.requests[4].messages[-1].text


async def test_an_answer_that_could_not_be_used_is_not_remembered(mosaic_kernel):
    model = ScriptedModel(REQUIREMENTS, "garbage")
    async with planned(mosaic_kernel, model, repairs=0) as kernel:
        with pytest.raises(Unavailable, match="model-malformed"):
            await plan_of(kernel)
        model.answers = [reply(answer) for answer in (SKELETON, CORE, API, SECOND)]
        model.requests.clear()
        assert len((await plan_of(kernel)).leaves()) == 4
        assert len(model.requests) == 4


async def test_a_plan_that_fails_its_gates_is_asked_for_anew(mosaic_kernel):
    lazy = {"nodes": [node("api", leaf("post", "R3", checks=[]), leaf("remove", "R4"))]}
    model = ScriptedModel(REQUIREMENTS, SKELETON, CORE, lazy, SECOND, {"add": []})
    async with planned(mosaic_kernel, model, repairs=1) as kernel:
        with pytest.raises(InputError, match="plan-gate"):
            await plan_of(kernel)
        model.answers, model.requests = [reply(answer) for answer in SCRIPT], []
        assert len((await plan_of(kernel)).leaves()) == 4
        assert len(model.requests) == 5


async def test_what_is_remembered_has_an_end_and_a_bound(mosaic_kernel, autojump_clock, mosaic_clock):
    model = ScriptedModel(*SCRIPT)
    async with planned(mosaic_kernel, model, cache_days=2, cache_answers=3) as kernel:
        await plan_of(kernel)
        await trio.sleep(86400)
        await plan_of(kernel)
        assert len(model.requests) == 5
        await trio.sleep(2 * 86400)
        model.requests.clear()
        await plan_of(kernel)
        assert len(model.requests) == 5
        storage = kernel.port("storage").get()
        await trim(storage, "modelplanner.cache", 0, 3)
        assert len(await storage.documents("modelplanner.cache")) == 3


BY_HAND = {"outline": OUTLINE}


@pytest.mark.parametrize(
    ("operation", "more"),
    [("plan.brief", {}), ("plan.submit", BY_HAND), ("plan.sample", {}), ("plan.new", {"planner": "model"})],
)
async def test_a_document_is_refused_that_no_model_can_read(mosaic_kernel, operation, more):
    model = ScriptedModel(*SCRIPT)
    async with planned(mosaic_kernel, model) as kernel:
        with pytest.raises(InputError, match="too-long"):
            await kernel.dispatch(operation, {"text": PRD + "- Users can do more.\n" * 100_000, **more})
        for broken in ({"text": f"{PRD}\ud800"}, {"text": PRD, "source": "\ud800"}):
            with pytest.raises(InputError, match="not-text"):
                await kernel.dispatch(operation, {**broken, **more})
        assert model.requests == []


def nodes_in(file):
    return json.loads(Path(file).read_text("utf-8"))["nodes"]


async def test_a_plan_that_is_handed_in_again_is_one_file(mosaic_kernel):
    async with mosaic_kernel(*PLUGINS) as kernel:
        request = {"outline": OUTLINE, "text": PRD}
        files = {(await kernel.dispatch("plan.submit", request, PLANNER)).file for _ in range(3)}
        other = {**OUTLINE, "goal": "Keep other notes"}
        files.add((await kernel.dispatch("plan.submit", {**request, "outline": other}, PLANNER)).file)
        assert len(files) == 2
        assert all(nodes_in(file) for file in files)


async def test_who_may_only_plan_neither_runs_nor_looks_around(mosaic_kernel, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "secret-plans.txt").touch()
    async with mosaic_kernel(*PLUGINS) as kernel:
        with pytest.raises(Denied, match=r"run\.create|run:write"):
            await kernel.dispatch("plan.submit", {"outline": OUTLINE, "text": PRD, "start": True}, PLANNER)
        assert (await kernel.dispatch("run.list", {})).items == []
        for operation in ("plan.brief", "plan.sample"):
            for place in (str(elsewhere.parent.parent), "../..", "/"):
                with pytest.raises(Denied, match="not-here"):
                    await kernel.dispatch(operation, {"text": PRD, "repository": place}, PLANNER)
        brief = await kernel.dispatch("plan.brief", {"text": PRD, "repository": str(elsewhere)})
        assert list(brief.files) == ["secret-plans.txt"]


async def test_unfinished_plans_of_clients_are_few_and_end(mosaic_kernel, autojump_clock, mosaic_clock):
    async with mosaic_kernel(*PLUGINS, settings={"plugins.modelplanner.samplings": 3}) as kernel:
        storage = kernel.port("storage").get()
        first = await kernel.dispatch("plan.sample", {"text": PRD}, PLANNER)
        for _ in range(4):
            await trio.sleep(1)
            await kernel.dispatch("plan.sample", {"text": PRD}, PLANNER)
        assert len(await storage.documents("modelplanner.sampling")) == 3
        with pytest.raises(InputError, match="does not stand there"):
            await kernel.dispatch("plan.sample", {"text": PRD, "state": first.state, "answers": {}}, PLANNER)
        await trio.sleep(25 * HOUR)
        await kernel.dispatch("plan.sample", {"text": PRD}, PLANNER)
        assert len(await storage.documents("modelplanner.sampling")) == 1


async def test_a_clients_answers_are_bounded_and_its_state_is_for_one_document(mosaic_kernel):
    def said(text):
        return {"answers": {"answer": {"model": "m" * 5000, "content": {"type": "text", "text": text}}}}

    async with mosaic_kernel(*PLUGINS, settings={"plugins.modelplanner.repairs": 1}) as kernel:
        asked = await kernel.dispatch("plan.sample", {"text": PRD}, PLANNER)
        with pytest.raises(InputError, match="does not stand there"):
            await kernel.dispatch("plan.sample", {"goal": "Other", "state": asked.state, **said("{}")}, PLANNER)
        long = {"text": PRD, **said("{" + "x" * 3_000_000)}
        asked = await kernel.dispatch("plan.sample", {**long, "state": asked.state}, PLANNER)
        assert "at most 2000000" in asked.asks["answer"]["params"]["messages"][-1]["content"]["text"]
        with pytest.raises(Unavailable, match="model-malformed"):
            await kernel.dispatch("plan.sample", {**long, "state": asked.state}, PLANNER)
