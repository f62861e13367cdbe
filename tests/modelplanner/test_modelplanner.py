"""Planning with a model: what it makes passes the gates, or is refused in words; never a silent success."""

from __future__ import annotations

import json
from contextlib import suppress

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
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

from mosaic_hookspecs import InputError, Plan, Refused, Unavailable
from mosaic_modelplanner.decoding import Malformed, changes_of, json_in, outline_of
from mosaic_modelplanner.numbering import changed, numbered

PLUGINS = ("memory", "upp", "engine", "workspaces", "modelplanner", "costs")


def planned(model, mosaic_kernel, **config):
    return mosaic_kernel(
        *PLUGINS,
        model.plugin(),
        settings={f"plugins.modelplanner.{key}": value for key, value in config.items()},
    )


async def plan_of(kernel, **request):
    data = {"text": PRD, "source": "PRD.md", "planner": "model", **request}
    return Plan.from_data((await kernel.dispatch("plan.new", data)).plan)


async def test_four_phases_make_a_plan_that_traces_to_its_lines(mosaic_kernel):
    model = ScriptedModel(*SCRIPT)
    async with planned(model, mosaic_kernel) as kernel:
        plan = await plan_of(kernel)
        assert [node.node_id for node in plan.leaves()] == ["F.001.01", "F.001.02", "F.002.01", "F.002.02"]
        assert next(node for node in plan.nodes if node.title == "Write the API").depends_on == ("E.001",)
        assert {one.span.start for one in plan.requirements} == {5, 6, 10, 11}
        assert plan.leaves()[0].checks[0].parameters == {"run": "pytest -q tests/test_write.py"}
        assert "<document>" in model.requests[0].messages[0].text
        assert " 5  - Users can write a note." in model.requests[0].messages[0].text
        assert all(request.schema and "no orders" in request.system for request in model.requests)


async def test_each_call_is_recorded_counted_and_asked_once(mosaic_kernel):
    model = ScriptedModel(*SCRIPT)
    async with planned(model, mosaic_kernel) as kernel:
        first = await plan_of(kernel)
        again = await plan_of(kernel)
        assert again == first
        assert len(model.requests) == 5
        storage = kernel.port("storage").get()
        calls = [event for event in await storage.events(limit=1000) if event.kind == "modelplanner.called"]
        bodies = [json.loads(call.body) for call in calls]
        assert [body["phase"] for body in bodies] == [
            "abstraction", "skeleton", "decomposition", "decomposition", "second pass",
        ]  # fmt: skip
        prompt = json.loads(await storage.get_blob(bodies[0]["prompt"]))
        assert "Users can delete" in prompt["messages"][0]["text"]
        assert json.loads(json.loads(await storage.get_blob(bodies[0]["answer"]))["text"]) == REQUIREMENTS
        costs = await kernel.dispatch("costs.show", {"by": "agent"})
        assert [(line.name, line.input_tokens) for line in costs.lines] == [("planner", 500)]


BAD = {
    "empty": "",
    "white": " \n ",
    "prose": "I cannot help with that.",
    "truncated": json.dumps(REQUIREMENTS)[:60],
    "list": "[1, 2]",
    "number": '{"title": NaN}',
    "deep": '{"requirements": ' + "[" * 5000 + "]" * 5000 + "}",
    "wrong kind": {"title": "x", "requirements": [{"id": "R1", "kind": "order", "text": "x"}]},
    "no requirements": {"title": "x", "requirements": []},
    "wrong lines": {
        "title": "x",
        "requirements": [{"id": "R1", "kind": "story", "text": "x", "lines": [5, 2]}],
    },
    "cut off": reply(REQUIREMENTS, stopped="length"),
    "refused": reply("", stopped="refused"),
}


@pytest.mark.parametrize("name", BAD)
async def test_an_answer_that_cannot_be_used_is_given_back_and_then_refused(mosaic_kernel, name):
    model = ScriptedModel(BAD[name])
    async with planned(model, mosaic_kernel, repairs=2) as kernel:
        with pytest.raises(Unavailable) as refused:
            await plan_of(kernel)
        assert refused.value.code == "model-malformed"
        assert refused.value.got
        assert len(model.requests) == 3
        assert "Answer again" in model.requests[-1].messages[-1].text
        healed = ScriptedModel(BAD[name], *SCRIPT)
    async with planned(healed, mosaic_kernel) as kernel:
        assert len((await plan_of(kernel)).leaves()) == 4


def api(*leaves):
    return {"nodes": [{"key": "api", "title": "Write the API", "children": list(leaves)}]}


def told(*requirements):
    return {**REQUIREMENTS, "requirements": list(requirements)}


ASKED = REQUIREMENTS["requirements"]
INVENTED = {"id": "R9", "kind": "story", "text": "x", "lines": [900, 901]}
AROUND = {"depend": [{"node": "api", "needs": ["core"]}, {"node": "core", "needs": ["api"]}]}
HALF = api(leaf("post", "R3"), leaf("remove", "R3"))
UNCHECKED = api(leaf("post", "R3", checks=[]), leaf("remove", "R4", checks=["true"]))
GIANT = api(leaf("post", "R3", minutes=600), leaf("remove", "R4"))
LAZY = {
    "ignores half of the document": [told(*ASKED[:2]), *SCRIPT[1:]],
    "leaves a requirement unserved": [REQUIREMENTS, SKELETON, CORE, HALF, SECOND],
    "checks nothing": [REQUIREMENTS, SKELETON, CORE, UNCHECKED, SECOND],
    "makes giants": [REQUIREMENTS, SKELETON, CORE, GIANT, SECOND],
    "waits for itself": [*SCRIPT[:4], AROUND],
    "invents lines": [told(*ASKED, INVENTED), *SCRIPT[1:]],
}


@pytest.mark.parametrize("name", LAZY)
async def test_a_plan_that_fails_a_gate_is_never_handed_out(mosaic_kernel, name):
    model = ScriptedModel(*LAZY[name], {"add": []})
    async with planned(model, mosaic_kernel, repairs=2) as kernel:
        with pytest.raises(InputError) as refused:
            await plan_of(kernel)
        assert refused.value.code == "plan-gate"
        assert "error" in str(refused.value.got)
        repairs = [request for request in model.requests if "Phase 4" in request.messages[0].text]
        assert len(repairs) == 2


async def test_findings_are_mended_by_changes(mosaic_kernel):
    model = ScriptedModel(*LAZY["checks nothing"], {"replace": API["nodes"]})
    async with planned(model, mosaic_kernel) as kernel:
        assert all(one.checks for one in (await plan_of(kernel)).leaves())
    missed = {**REQUIREMENTS, "requirements": REQUIREMENTS["requirements"][:3]}
    script = [missed, SKELETON, CORE, API, SECOND]
    model = ScriptedModel(*script, {"requirements": REQUIREMENTS["requirements"][3:]})
    async with planned(model, mosaic_kernel) as kernel:
        assert len((await plan_of(kernel)).requirements) == 4


async def test_calls_are_bounded_and_what_is_missing_is_named(mosaic_kernel):
    async with planned(ScriptedModel(*SCRIPT), mosaic_kernel, calls=3) as kernel:
        with pytest.raises(Refused, match="more calls"):
            await plan_of(kernel)
    async with mosaic_kernel(*PLUGINS) as kernel:
        with pytest.raises(Unavailable) as refused:
            await plan_of(kernel)
        assert refused.value.code == "no-model"
        with pytest.raises(InputError):
            await kernel.dispatch("plan.brief", {})
        plain = await kernel.dispatch("plan.new", {"text": PRD, "source": "PRD.md"})
        assert plain.plan["nodes"]


async def test_a_client_plans_itself_until_it_passes(mosaic_kernel, tmp_path):
    async with mosaic_kernel(*PLUGINS) as kernel:
        brief = await kernel.dispatch("plan.brief", {"text": PRD})
        assert "plan_submit" in brief.next
        assert any("lines 10-10" in line for line in brief.asked)
        bad = {**OUTLINE, "nodes": [OUTLINE["nodes"][0]]}
        answer = await kernel.dispatch("plan.submit", {"outline": bad, "text": PRD})
        assert not answer.passes
        assert {finding.subject for finding in answer.findings if finding.severity == "error"} == {"R3", "R4"}
        answer = await kernel.dispatch("plan.submit", {"outline": {"title": 5}, "text": PRD})
        assert [finding.code for finding in answer.findings] == ["MDL000"]
        request = {"outline": OUTLINE, "text": PRD, "source": "PRD.md", "start": True}
        answer = await kernel.dispatch("plan.submit", {**request, "repository": str(tmp_path / "notes")})
        assert (answer.passes, answer.tasks, answer.minutes) == (True, 4, 80)
        run = await kernel.dispatch("run.show", {"run_id": answer.run_id})
        assert run.total == 4
        assert answer.file.endswith(".json")


async def test_a_clients_model_plans_by_sampling(mosaic_kernel):
    answers = iter(["nonsense", *map(json.dumps, SCRIPT)])
    async with mosaic_kernel(*PLUGINS) as kernel:
        asked = await kernel.dispatch("plan.sample", {"text": PRD})
        rounds = 0
        while asked.asks:
            ask = asked.asks["answer"]
            assert ask["method"] == "sampling/createMessage"
            said = {"role": "assistant", "model": "theirs", "content": {"type": "text", "text": next(answers)}}
            state = {"state": asked.state, "answers": {"answer": said}}
            asked = await kernel.dispatch("plan.sample", {"text": PRD, **state})
            rounds += 1
        assert rounds == 6
        assert asked.tasks == 4
        with pytest.raises(InputError, match="does not stand there"):
            await kernel.dispatch("plan.sample", {"text": PRD, **state})


KEYS = (
    "title requirements nodes key children serves lines add replace remove depend under node needs minutes id"
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 50) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=5)
    ),
    max_leaves=25,
)


@settings(max_examples=150)
@given(data=JSON)
def test_any_json_is_an_outline_or_malformed(data):
    with suppress(Malformed):
        numbered(outline_of(data))
    with suppress(Malformed):
        changed(outline_of(OUTLINE), changes_of(data))


@settings(max_examples=150)
@given(text=st.text(max_size=60) | st.just(json.dumps(OUTLINE)))
def test_any_text_is_json_or_malformed(text):
    with suppress(Malformed):
        assert isinstance(json_in(f"Here it is:\n```json\n{text}\n```"), dict)


def test_what_is_not_shown_is_taken_out_of_titles():
    nasty = {**OUTLINE, "title": "No\u202etes\x1b[31m\u200b"}
    assert outline_of(nasty).title == "Notes[31m"
    doubled = attrs.evolve(outline_of(OUTLINE), nodes=outline_of(OUTLINE).nodes * 2)
    with pytest.raises(Malformed, match="two nodes have the key"):
        numbered(doubled)
