"""Real coding agents, asked by a scripted model, do tasks of a real plan in git worktrees."""

import json
import os
import signal
from pathlib import Path

import httpx
import pytest
import trio
from headless_assignments import until
from headless_bench import claude, codex, make_plan, opencode, serving
from scripted_hands import call_mosaic, run_command, write_file
from scripted_model import fail, say, scripted_model

from mosaic_hookspecs import Refused

MULTIPLIER = float(os.environ.get("MOSAIC_CHAOS", "1"))
WHO = {"messages": "claude", "responses": "codex", "chat": "opencode"}
# The quickest of them at every run; all of them under tox -e chaos.
AGENTS = ["codex", *(["claude", "opencode"] if MULTIPLIER > 1 else [])]


def works(number):
    """Write the file, look at the task over MCP, tell the others, and say so."""

    def script(turn):
        if not turn.tools:
            return say("A title")
        if not turn.results:
            return write_file(turn, f"greeting-{number}.txt", "hello", "Writing.", cached_tokens=40)
        if not any(name.endswith("task_context") for name in turn.tools):
            # Agents connect while the model works already.
            return run_command(turn, "sleep 0.3")
        if not _contexts(turn):
            return call_mosaic(turn, "task_context")
        if not any('"boxes"' in result for result in turn.results) and len(turn.results) < 20:
            return call_mosaic(turn, "message_send", {"to": "ada", "text": f"greeting {number} stands"})
        return say("It is written.")

    return script


def _contexts(turn):
    return [result for result in turn.results if '"task_id"' in result]


def lies_first(number):
    """Say at once that it is done, and do it only when told that it was not."""
    honest = works(number)
    return lambda turn: honest(turn) if "was refused" in turn.text or turn.results else say("Done!")


def by_agent(scripts):
    return lambda turn: scripts[WHO[turn.wire]](turn)


def make_agent(name, model, directory, **more):
    makers = {"claude": claude, "codex": codex, "opencode": lambda model, **m: opencode(model, directory, **m)}
    return makers[name](model, **more)


async def test_three_agents_do_a_plan_and_one_lies_first(tmp_path):
    scripts = {"claude": works(1), "codex": lies_first(2), "opencode": works(3)}
    async with scripted_model(by_agent(scripts)) as model:
        agents = {name: make_agent(name, model, tmp_path) for name in scripts}
        async with serving(tmp_path, agents) as bench:
            tasks = [(n, name, f"grep -q hello greeting-{n}.txt") for n, name in enumerate(scripts, 1)]
            await bench.kernel.dispatch("message.read", {"name": "ada"})  # who never looked has no box
            run_id = await bench.begin(make_plan(*tasks))
            with trio.fail_after(120):
                view = await bench.drive(run_id)
            shown = {name: await bench.show(run_id, f"F.001.0{n}") for n, name, _ in tasks}
            logs = {name: await bench.logs(run_id, f"F.001.0{n}") for n, name, _ in tasks}
            mail = await bench.kernel.dispatch("message.read", {"name": "ada"})
            published = [bench.published(view, f"greeting-{n}.txt") for n, _, _ in tasks]
    assert view.result == "accepted", {name: one.attempts for name, one in shown.items()}
    assert published == ["hello"] * 3
    for name, detail in shown.items():
        last = detail.attempts[-1]
        assert (last.outcome, last.agent) == ("accepted", name)
        assert last.evidence.files == (f"greeting-{list(shown).index(name) + 1}.txt",)
        # Every request costs 100 and 20 tokens; there are four, or more where the tools came late.
        assert last.usage.input_tokens == 5 * last.usage.output_tokens >= 400, name
        assert (last.usage.cached_tokens, last.usage.is_estimated) == (40, False)
        for words in ("Writing.", "task_context", "It is written."):
            assert words in logs[name]
        assert "MOSAIC_MCP_TOKEN" not in logs[name]
    lie, _ = shown["codex"].attempts
    assert lie.outcome == "refused"
    assert "it greets" in lie.reason
    told = [turn.text for turn in model.requests if turn.wire == "responses"]
    assert "it greets" in told[-1].partition("was refused")[2], "the next attempt knows why"
    contexts = [json.loads(told[told.index("{") :]) for turn in model.requests for told in _contexts(turn)]
    assert {one["task_id"] for one in contexts} == {"F.001.01", "F.001.02", "F.001.03"}
    assert sorted((letter.sender, letter.task_id) for letter in mail.items) == [
        ("claude", "F.001.01"),
        ("codex", "F.001.02"),
        ("opencode", "F.001.03"),
    ]


@pytest.mark.chaos
@pytest.mark.parametrize("name", AGENTS)
async def test_a_model_that_loops_is_stopped_by_the_budget(name, tmp_path):
    def loop(turn):
        return run_command(turn, f"echo round {len(turn.results)}") if turn.tools else say("A title")

    async with scripted_model(loop) as model:
        agents = {name: make_agent(name, model, tmp_path)}
        async with serving(tmp_path, agents) as bench:
            plan = make_plan((1, name, "test -e greeting-1.txt"))
            run_id = await bench.begin(plan, budget={"tokens": 6000})
            with trio.fail_after(60):
                view = await bench.drive(run_id)
            detail = await bench.show(run_id, "F.001.01")
            asked = len(model.requests)
            # Nothing of it goes on by itself.
            await trio.sleep(0.3)
            assert len(model.requests) == asked
    assert view.result != "accepted"
    assert view.state.value == "exhausted", detail
    assert 6000 < view.spent.input_tokens + view.spent.output_tokens < 60_000
    if name == "codex":
        assert view.spent.is_estimated, "it tells its figures only at its end"


async def test_an_endpoint_without_room_costs_no_attempt(tmp_path):
    def script(turn):
        return fail(529, "no room") if turn.index < 1 else works(1)(turn)

    async with scripted_model(script) as model, serving(tmp_path, {"codex": codex(model)}) as bench:
        run_id = await bench.begin(make_plan((1, "codex", "grep -q hello greeting-1.txt")))
        with trio.fail_after(60):
            view = await bench.drive(run_id)
        detail = await bench.show(run_id, "F.001.01")
    assert view.result == "accepted", detail.attempts
    *before, last = detail.attempts
    assert len(before) >= 1
    assert all("529" in one.reason for one in before)
    assert detail.task.attempts == 0, "none of them counts"
    assert last.usage.input_tokens >= 400


@pytest.mark.chaos
@pytest.mark.parametrize("name", AGENTS)
async def test_one_that_is_killed_is_replaced_and_its_late_report_is_refused(name, tmp_path):
    found = {}

    async def script(turn):
        if not turn.tools:
            return say("A title")
        if not found:
            found["pids"] = _processes_in(tmp_path / "repository")
            found["environ"] = _environment_of(found["pids"][0])
            for pid in found["pids"]:
                os.kill(pid, signal.SIGKILL)
            await until(lambda: not any(Path(f"/proc/{pid}/cwd").exists() for pid in found["pids"]))
        return works(1)(turn)

    async with scripted_model(script) as model:
        agents = {name: make_agent(name, model, tmp_path)}
        async with serving(tmp_path, agents) as bench:
            run_id = await bench.begin(make_plan((1, name, "grep -q hello greeting-1.txt")))
            with trio.fail_after(90):
                view = await bench.drive(run_id)
            detail = await bench.show(run_id, "F.001.01")
            killed, replaced = detail.attempts
            assert view.result == "accepted", detail.attempts
            assert (killed.outcome, replaced.outcome) == ("refused", "accepted")
            assert "it ended" in killed.reason or "ended by signal 9" in killed.reason
            # What is left of the first wakes up, and reports by the token and the credential that it had.
            report = {"run_id": run_id, "task_id": "F.001.01", "token": killed.token, "summary": "done!"}
            with pytest.raises(Refused) as raised:
                await bench.kernel.dispatch("work.report", report)
            assert raised.value.code == "stale-token"
            headers = {"Authorization": f"Bearer {found['environ']['MOSAIC_MCP_TOKEN']}"}
            async with httpx.AsyncClient() as client:
                answer = await client.post(found["environ"]["MOSAIC_MCP_URL"], headers=headers, json={})
            assert answer.status_code == 401
            assert bench.published(view, "greeting-1.txt") == "hello"


def _processes_in(directory):
    """Return the processes that work somewhere below a directory, the oldest first."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if (entry / "cwd").readlink().is_relative_to(directory):
                    found.append(int(entry.name))
            except OSError:
                continue
    assert found
    return sorted(found)


def _environment_of(pid):
    parts = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return dict(part.decode().split("=", 1) for part in parts if b"=" in part)
