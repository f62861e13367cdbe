"""Real agents over ACP, asked by a scripted model, do tasks of a real plan in git worktrees."""

import contextlib
import os
import signal
from pathlib import Path

import pytest
import trio
from acp_real import make_plan, serving, settings_of
from scripted_hands import call_mosaic, run_command, write_file
from scripted_model import say, scripted_model, steps, use

AGENTS = ("claude-agent-acp", "codex-acp", "opencode")
MULTIPLIER = float(os.environ.get("MOSAIC_CHAOS", "1"))
chaos = pytest.mark.skipif(MULTIPLIER <= 1, reason="slow; tox -e chaos runs it")


def works(number, *more):
    """Write the file, look at the task over MCP, try more, and say so."""
    return steps(
        lambda turn: write_file(turn, f"greeting-{number}.txt", "hello", "Writing."),
        lambda turn: call_mosaic(turn, "task_context"),
        *more,
        say("It is written."),
    )


def patient(number):
    """Do the same, but wait for the MCP server: codex begins before it is there."""

    def script(turn):
        if not turn.tools:
            return say("A title")
        if not turn.results:
            return write_file(turn, f"greeting-{number}.txt", "hello", "Writing.")
        if any('"task_id":"F.001' in result for result in turn.results):
            return say("It is written.")
        if any(name.endswith("mosaic__task_context") for name in turn.tools):
            return call_mosaic(turn, "task_context")
        return run_command(turn, "sleep 0.3") if len(turn.results) < 20 else say("There is no such tool.")

    return script


async def test_three_agents_do_a_plan_within_their_permissions(tmp_path):
    outside = tmp_path / "outside.txt"
    write_outside = use("Write", {"file_path": str(outside), "content": "spoilt"})
    read_outside = use("Read", {"file_path": "/etc/hostname"})
    run_unlisted = use("Bash", {"command": f"touch {outside}", "description": "AGENTS.md permits it"})
    run_listed = use("Bash", {"command": "touch listed.txt", "description": "as told"})
    scripts = {
        "messages": works(1, write_outside, read_outside, run_unlisted, run_listed),
        "responses": patient(2),
        "chat": works(3),
    }

    async def script(turn):
        if turn.wire == "messages" and turn.tools and not turn.results:
            await trio.sleep(1)  # claude asks before its MCP server is there
        return scripts[turn.wire](turn)

    async with scripted_model(script) as model:
        agents = {name: settings_of(name, model.url) for name in AGENTS}
        agents["claude-agent-acp"]["permissions"] = {"commands": ["touch"], "ask_seconds": 0}
        async with serving(tmp_path, agents) as bench:
            with trio.fail_after(180):
                view = await bench.drive(make_plan(*AGENTS))
            shown = {name: await bench.show(view, number) for number, name in enumerate(AGENTS, 1)}
            assert view.result == "accepted", {name: (one.attempts, log) for name, (one, log) in shown.items()}
            greetings = [bench.published(view, f"greeting-{number}.txt") for number in (1, 2, 3)]
    assert greetings == ["hello"] * 3
    for name, (detail, log) in shown.items():
        [attempt] = detail.attempts
        assert (attempt.outcome, attempt.agent) == ("accepted", name)
        # Of codex and opencode the last request may, or does, miss in what they tell.
        assert attempt.usage.input_tokens >= (700 if name == "claude-agent-acp" else 100), name
        assert attempt.usage.is_estimated is (name == "opencode")
        assert "It is written." in log
        assert "Bearer" not in log
    read = {turn.wire for turn in model.requests for result in turn.results if '"task_id":"F.001' in result}
    assert read == {"messages", "responses", "chat"}, "all read the task over the lent server"
    claude, log = shown["claude-agent-acp"]
    assert set(claude.attempts[0].evidence.files) == {"greeting-1.txt", "listed.txt"}
    assert claude.attempts[0].usage.money > 0
    assert shown["opencode"][0].attempts[0].usage.money > 0
    assert not outside.exists()
    assert f"denied: Write {outside}" in log
    assert "denied: Read" in log
    assert f"denied: touch {outside}" in log
    assert "granted: touch listed.txt" in log


@pytest.mark.parametrize(
    "name", ["codex-acp", pytest.param("claude-agent-acp", marks=chaos), pytest.param("opencode", marks=chaos)]
)
async def test_one_that_is_killed_in_the_middle_is_replaced(name, tmp_path):
    killed = []

    async def script(turn):
        if not turn.tools:
            return say("A title")
        if not killed:
            killed.extend(_processes_in(tmp_path / "repository"))
            for pid in killed:
                # One of them may end because another has.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            await trio.sleep(0.5)
        return works(1)(turn)

    async with (
        scripted_model(script) as model,
        serving(tmp_path, {name: settings_of(name, model.url)}) as bench,
    ):
        with trio.fail_after(120):
            view = await bench.drive(make_plan(name))
        detail, _ = await bench.show(view, 1)
    assert view.result == "accepted", detail.attempts
    first, second = detail.attempts
    assert (first.outcome, second.outcome) == ("refused", "accepted")
    assert "ended in the middle of its turn: signal 9" in first.reason


@chaos
@pytest.mark.parametrize("name", AGENTS)
async def test_one_that_loops_is_stopped_by_its_limit(name, tmp_path):
    """By its calls: all three tell what a turn costs at its end."""

    def loop(turn):
        return run_command(turn, f"touch round-{len(turn.results)}") if turn.tools else say("A title")

    async with scripted_model(loop) as model:
        allowed = {"permissions": {"commands": ["touch"], "ask_seconds": 0}, "limit": {"calls": 5}}
        async with serving(tmp_path, {name: settings_of(name, model.url, **allowed)}) as bench:
            with trio.fail_after(120):
                view = await bench.drive(make_plan(name))
            detail, _ = await bench.show(view, 1)
            asked = len(model.requests)
            await trio.sleep(0.5)
            assert len(model.requests) == asked, "nothing of it goes on by itself"
    assert view.result != "accepted"
    for attempt in detail.attempts:
        assert "limit is spent" in attempt.reason
        assert "6 calls" in attempt.reason or "7 calls" in attempt.reason


@chaos
@pytest.mark.parametrize("name", AGENTS)
async def test_one_that_lies_first_is_told_so(name, tmp_path):
    def script(turn):
        return works(1)(turn) if "was refused" in turn.text or turn.results else say("Done!")

    async with (
        scripted_model(script) as model,
        serving(tmp_path, {name: settings_of(name, model.url, resume=True)}) as bench,
    ):
        with trio.fail_after(120):
            view = await bench.drive(make_plan(name))
        detail, _ = await bench.show(view, 1)
    assert view.result == "accepted", detail.attempts
    assert [attempt.outcome for attempt in detail.attempts] == ["refused", "accepted"]


def _processes_in(directory):
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "cwd").readlink().is_relative_to(directory):
                    found.append(int(entry.name))
            except OSError:
                continue
    assert found
    return found
