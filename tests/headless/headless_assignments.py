"""Attempts without a kernel: a journal that remembers, a place, and a preset's agent."""

import sys

import trio

from mosaic_headless.agent import HeadlessAgent
from mosaic_headless.configuration import AgentSettings, Config
from mosaic_headless.library import Library, read_preset
from mosaic_hookspecs import Assignment, Check, TaskSpec
from mosaic_testing.agents import PlainWorkspace, RecordingJournal

FAKE = """
title: Fake
argv: [{python}, {script}, "{{prompt}}", "{{options}}"]
model: [--model, "{{model}}"]
turns: [--turns, "{{turns}}"]
environment: {{FIXED: "1"}}
inherit: [HEADLESS_API_KEY]
login: "set HEADLESS_API_KEY"
stream:
  rules:
    - {{when: {{kind: word}}, says: text, turn: turn}}
    - {{when: {{kind: spent}}, usage: {{input: [in], output: [out], money: [usd]}}}}
    - {{when: {{kind: end}}, done: true, result: text}}
    - {{when: {{kind: error}}, error: text}}
exit_codes:
  41: {{says: there are no credentials}}
  42: {{says: come back later, outcome: released}}
"""


class Journal(RecordingJournal):
    """Remembers each usage, too."""

    def __init__(self):
        super().__init__()
        self.usages = []

    def usage(self, usage):
        super().usage(usage)
        self.usages.append(usage)


def make_assignment(path, journal=None, **changes):
    spec = TaskSpec(
        task_id="A.1",
        title="Log in",
        work={"description": "Cost: $5.", "requirements": [{"text": "I want to log in"}]},
        checks=(Check(name="tests", parameters={"run": "npm test"}),),
    )
    values = {
        "run_id": "r",
        "spec": spec,
        "token": 1,
        "attempt": 1,
        "journal": journal or Journal(),
        "goal": "Shop",
        "workspace": PlainWorkspace(path),
    }
    return Assignment(**{**values, **changes})


def fake_agent(path, program, **settings):
    """Return an agent whose program is this text of Python, with `show` to print an event."""
    script = path / "fake.py"
    head = "import json, os, sys, time\ndef show(**event): print(json.dumps(event), flush=True)\n"
    script.write_text(head + program)
    preset = read_preset(FAKE.format(python=sys.executable, script=script), "fake.yaml")
    return HeadlessAgent(
        "mine", AgentSettings(preset="fake", **settings), preset, Config(linger_seconds=0.2), None
    )


def own_preset(name, path):
    return Library([], path).get(name)


async def until(is_so, seconds=20):
    """Wait until something outside of this process is so; it can only be looked at."""
    with trio.fail_after(seconds):
        while not is_so():  # noqa: ASYNC110 - as above
            await trio.sleep(0.01)
