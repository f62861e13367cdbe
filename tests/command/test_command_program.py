"""Programs of the configuration as agents for any task."""

import sys

import pytest

from mosaic_command.agent import CommandAgent
from mosaic_command.configuration import DEFAULT_PROMPT, Program
from mosaic_command.program_agent import ProgramAgent
from mosaic_hookspecs import Assignment, Check, InputError, TaskSpec, fill_prompt

WORK = {
    "kind": "general",
    "description": "Cost: $5 & ${not_a_name}.",
    "requirements": [{"id": "R.001", "kind": "story", "text": "I want to log in", "lines": [3, 3]}],
}


class Silent:
    def __init__(self):
        self.said = b""

    def output(self, data):
        self.said += data

    def usage(self, usage):
        raise AssertionError("a program says nothing of its usage")


class Recorder(CommandAgent):
    """Keeps what it would run."""

    async def run(self, assignment):
        self.work = assignment.spec.work


def make_assignment(**changes):
    spec = TaskSpec(
        task_id="A.1",
        title="Log in",
        work=WORK,
        checks=(Check(name="tests", parameters={"run": "npm test"}), Check(name="named", uses="other")),
    )
    values = {"run_id": "r", "spec": spec, "token": 1, "attempt": 2, "journal": Silent(), "goal": "Shop"}
    return Assignment(**{**values, **changes})


def test_the_default_prompt_says_all_that_an_agent_needs():
    text = fill_prompt(DEFAULT_PROMPT, make_assignment(last_reason="tests failed: 1"), "prompt")
    for words in ("A.1: Log in", "Cost: $5 & ${not_a_name}.", "- I want to log in", "- npm test", "- named"):
        assert words in text
    assert "tests failed: 1" in text
    assert "The goal of the whole: Shop" in text


async def test_the_prompt_reaches_the_program_as_it_is(monkeypatch):
    monkeypatch.setenv("MY_KEY", "secret")
    program = Program(argv=("agent", "{prompt}"), inherit=("MY_KEY", "NOT_SET"), environment={"A": "1"})
    runner = Recorder()
    await ProgramAgent("mine", program, runner).run(make_assignment())
    prompt = fill_prompt(runner.work["prompt"], make_assignment(), "prompt")
    assert "Cost: $5 & ${not_a_name}." in prompt
    assert runner.work["environment"] == {"MY_KEY": "secret", "A": "1"}


def test_what_it_offers():
    general = ProgramAgent("mine", Program(argv=("a",)), CommandAgent()).offer
    assert general.takes("", frozenset())
    assert general.takes("", frozenset({"anything"}))
    assert general.takes("mine", frozenset())
    assert not general.takes("other", frozenset())
    narrow = ProgramAgent("mine", Program(argv=("a",), labels=("web",)), CommandAgent()).offer
    assert narrow.takes("", frozenset({"web"}))
    assert not narrow.takes("", frozenset())


async def test_a_wrong_prompt_names_its_place():
    agent = ProgramAgent("mine", Program(argv=("a",), prompt="${what}"), CommandAgent())
    with pytest.raises(InputError) as raised:
        await agent.run(make_assignment())
    assert raised.value.where == "plugins.command.agents.mine.prompt"


async def test_through_a_kernel_a_program_does_general_tasks(tmp_path):
    from mosaic_kernel import Kernel

    script = (
        "import os, pathlib, re, sys;"
        "name = re.search(r'test -s (\\S+)', sys.argv[1]).group(1);"
        "pathlib.Path(name).parent.mkdir(exist_ok=True);"
        "pathlib.Path(name).write_text('test -n done')"
    )
    settings = {"plugins.command.agents": {"mine": {"argv": [sys.executable, "-c", script, "{prompt}"]}}}
    plan = {
        "mosaic_plan": 1,
        "title": "One",
        "nodes": [
            {"node_id": "E.001", "title": "Epic"},
            {
                "node_id": "F.001.01",
                "title": "Write it",
                "minutes": 5,
                "checks": [{"name": "it is there", "parameters": {"run": "test -s acceptance/it.sh"}}],
                "work": {"kind": "general", "description": "Write acceptance/it.sh"},
            },
        ],
    }
    import json

    async with Kernel(profile="local", directory=tmp_path, settings=settings) as kernel:
        request = {"target": "plan.json", "text": json.dumps(plan)}
        run = await kernel.dispatch("run.create", request)
        run = await kernel.dispatch("run.drive", {"run_id": run.run_id})
        detail = await kernel.dispatch("task.show", {"run_id": run.run_id, "task_id": "F.001.01"})
    assert run.result == "accepted", detail
    assert detail.attempts[-1].evidence.files == ("acceptance/it.sh",)
