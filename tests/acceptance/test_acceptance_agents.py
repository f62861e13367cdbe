"""A coding agent that is installed works for one command, without any configuration."""

import subprocess
import sys
from pathlib import Path

import pytest
from acceptance_place import plan_of

FAKE = Path(__file__).with_name("fake_claude.py")
# What the other kind streams, by shell alone: it takes the file's name out of the prompt.
CODEX = r"""#!/bin/sh
name=$(sed -n 's/.*Write \([a-z]*\)\.txt.*/\1/p' | head -n 1)
echo "$name by codex" > "$name.txt"
echo '{"type": "turn.started"}'
echo '{"type": "item.completed", "item": {"id": "1", "type": "agent_message", "text": "Here it is."}}'
echo '{"type": "turn.completed", "usage": {"input_tokens": 100, "cached_input_tokens": 0, "output_tokens": 20}}'
"""


@pytest.fixture
def installed(place):
    """A machine on which somebody is logged in to Claude Code, and has Codex."""
    programs = place.home / "bin"
    programs.mkdir()
    for name, text in {
        "claude": f'#!/bin/sh\nexec {sys.executable} -IS {FAKE} "$@"\n',
        "codex": CODEX,
    }.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    (place.home / ".claude").mkdir()
    (place.home / ".claude" / "login").write_text("Ada")
    place.environment["PATH"] = f"{programs}:/usr/bin:/bin"
    place.environment.pop("ANTHROPIC_API_KEY", None)
    return place


def write_plan(place, *names):
    tasks = [
        {
            "id": name,
            "work": {"kind": "general", "description": f"Write {name}.txt."},
            "checks": [{"name": "it is there", "parameters": {"run": f"grep -q {name} {name}.txt"}}],
        }
        for name in names
    ]
    return place.write("plan.json", plan_of(*tasks))


def test_an_agent_that_is_installed_does_a_plan(installed):
    place = installed
    plan = write_plan(place, "red", "green")
    # Without it the work waits, and how to get it done is said.
    waiting = place.call("run", plan, "--into", "shop").demand(3)
    assert "--agent claude" in waiting.out
    done = place.run("run", "--resume", "--agent", "claude:opus-9").demand(0)
    assert "2 of 2 tasks accepted" in done.out
    show = ["git", "-C", str(place.directory / "shop"), "show", "main:red.txt"]
    assert subprocess.run(show, capture_output=True, text=True, check=True).stdout == "red by opus-9\n"
    logs = place.call("logs", "S.001.01.01").demand().out
    assert "I am Ada." in logs, "it has the user's own login"
    assert "→ Write" in logs
    costs = place.call("costs", "--by", "model", "--json").demand().data
    [line] = costs["lines"]
    assert (line["name"], line["attempts"], line["money"]) == ("opus-9", 2, 1.0)
    assert (line["input_tokens"], line["output_tokens"]) == (400, 60)
    assert [line["name"] for line in place.call("costs", "--by", "agent", "--json").data["lines"]] == ["claude"]
    assert not (place.directory / "mosaic.yaml").exists()


def test_two_share_the_work(installed):
    plan = write_plan(installed, "red", "green", "blue")
    agents = ("--agent", "claude", "--agent", "codex", "--parallel", "2")
    answer = installed.call("run", plan, "--into", "shop", *agents).demand(0)
    assert "3 of 3 tasks accepted" in answer.out
    lines = installed.call("costs", "--by", "agent", "--json").demand().data["lines"]
    assert {line["name"] for line in lines} == {"claude", "codex"}


def test_agents_tells_which_are_installed(installed):
    shown = installed.call("agents").demand().out
    assert "Claude Code" in shown
    assert "`mosaic run … --agent claude`" in shown
    assert "Not on the PATH: aider" in shown
    found = installed.call("agents", "--json").demand().data["presets"]
    here = {preset["name"]: preset["path"] for preset in found if preset["path"]}
    assert here == {name: str(installed.home / "bin" / name) for name in ("claude", "codex")}
    bare = installed.call("agents", environment={"PATH": "/nowhere"}).demand().out
    assert "No coding agent is on the PATH" in bare


@pytest.mark.parametrize(
    ("agents", "words"),
    [
        (["gemini"], "there is no program 'gemini' on the PATH"),
        (["gemini"], "one that is here: claude, codex"),
        (["claud"], "there is no preset 'claud'"),
        (["claude", "claude"], "is there twice"),
        (["claude:a", "claude:b", "pi"], "there is no program 'pi'"),
        ([":a"], "names no preset"),
    ],
)
def test_an_agent_that_is_not_there_is_told_before_anything_begins(installed, agents, words):
    options = [part for agent in agents for part in ("--agent", agent)]
    answer = installed.call("run", write_plan(installed, "red"), *options).demand(2)
    assert words in answer.err
    assert not installed.events()


def test_without_the_plugin_it_says_so(installed):
    options = ("--set", "plugins.headless=false", "--agent", "claude")
    assert "does not run here" in installed.call("run", write_plan(installed, "red"), *options).demand(2).err
