"""Four agents of two kinds do one plan in one repository, and get into each other's way."""

import json
import os
import sys
from pathlib import Path

import pytest
import trio
from headless_bench import claude, codex, serving
from headless_team import Team
from scripted_model import scripted_model

ROBOT = str(Path(__file__).with_name("headless_robot.py"))
JSON_ROBOT = """
title: One that prints events
argv: [{python}, -IS, {robot}, "{url}", json]
prompt: stdin
stream:
  rules:
    - {{when: {{ran: "*"}}, tool: ran}}
    - {{when: {{done: "*"}}, done: true, result: done}}
    - {{when: {{spent: "*"}}, usage: {{input: [spent.in], output: [spent.out]}}}}
"""
TEXT_ROBOT = """
title: One that prints lines
argv: [{python}, -IS, {robot}, "{url}", text, "{{prompt}}"]
stream:
  format: text
  patterns:
    - {{match: '^ran: (?P<tool>.*)$'}}
    - {{match: '^done: "(?P<result>.*)"$'}}
    - {{match: '^spent: .*"in": (?P<input>\\d+), "out": (?P<output>\\d+)'}}
"""


async def work_together(team, agents, model, directory, seconds, **settings):
    """Have agents do the plan of a team; return the finished run."""
    given = {"ports.storage": "sqlite", "plugins.engine.parallelism": len(agents), **settings}
    async with serving(directory, agents, **given) as bench:
        team.fill(bench.repository)
        plan = {"mosaic_plan": 1, "title": "Parts", "nodes": list(team.nodes())}
        run_id = await bench.begin(json.dumps(plan))
        with trio.fail_after(seconds):
            view = await bench.drive(run_id)
        await team.check_everything(bench, view, agents)
        return view


async def test_four_programs_of_two_presets_do_twenty_tasks_that_overlap(tmp_path):
    team = Team(tasks=20, agents=4)
    async with scripted_model(team.script) as model:
        presets = {"events": JSON_ROBOT, "lines": TEXT_ROBOT}
        for name, text in presets.items():
            written = text.format(python=sys.executable, robot=ROBOT, url=model.url)
            (tmp_path / f"{name}.yaml").write_text(written)
        agents = {f"{name}-{n}": {"preset": name, "room": 1} for name in presets for n in (1, 2)}
        files = [str(tmp_path / f"{name}.yaml") for name in presets]
        view = await work_together(team, agents, model, tmp_path, 120, **{"plugins.headless.presets": files})
    # Three requests an attempt, of 100 and 20 tokens each, were all counted for somebody.
    assert view.spent.input_tokens == 100 * len(model.requests)
    assert not view.spent.is_estimated


@pytest.mark.chaos
@pytest.mark.skipif(
    float(os.environ.get("MOSAIC_CHAOS", "1")) <= 1, reason="CI runs it behind the suite: set MOSAIC_CHAOS=2"
)
async def test_four_real_agents_of_two_kinds_do_twenty_tasks_that_overlap(tmp_path):
    team = Team(tasks=20, agents=4, later=(9, 10))
    async with scripted_model(team.script) as model:
        makers = {"claude": claude, "codex": codex}
        agents = {f"{name}-{n}": make(model, room=1) for name, make in makers.items() for n in (1, 2)}
        await work_together(team, agents, model, tmp_path, 400)
    assert {turn.wire for turn in model.requests} == {"messages", "responses"}
