"""Servers start when they are used and end when they are not; what they do wrong stays with them."""

import os
import time
from pathlib import Path

import pytest
import trio

from mosaic_hookspecs import Unavailable
from mosaic_mcpclient.budget import FailureBudget

CALL = {"server": "rogue", "tool": "add", "arguments": {"a": 1}}


def lives(pid):
    status = Path(f"/proc/{pid}/status")
    try:
        return "State:\tZ" not in status.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


async def ended(pid, seconds=20):
    with trio.fail_after(seconds):
        while lives(pid):  # noqa: ASYNC110 - only looking tells how another process is
            await trio.sleep(0.01)


async def state(kernel):
    [server] = (await kernel.dispatch("mcpclient.servers")).servers
    return server.state


async def fails(kernel, code):
    with pytest.raises(Unavailable) as refused:
        await kernel.dispatch("mcpclient.call", CALL)
    assert refused.value.code == code
    assert refused.value.hint
    return str(refused.value)


async def test_nothing_runs_before_it_is_used_and_nothing_after_the_plugin(start, rogue):
    async with start(trust="first-use") as kernel:
        assert await state(kernel) == "idle"
        assert rogue.log == []
        await kernel.dispatch("mcpclient.call", CALL)
        await kernel.dispatch("mcpclient.call", CALL)
        [pid] = rogue.pids
        assert await state(kernel) == "connected"
        assert lives(pid)
        # One listing serves many calls, and nothing asks in between.
        assert rogue.methods[2:] == ["tools/list", "tools/call", "tools/call"]
    assert not lives(pid)


async def test_an_idle_server_is_ended_and_started_again(start, rogue):
    async with start(trust="first-use", idle_seconds=0.2) as kernel:
        await kernel.dispatch("mcpclient.call", CALL)
        await ended(rogue.pids[0])
        assert await state(kernel) == "idle"
        await kernel.dispatch("mcpclient.call", CALL)
        assert len(rogue.pids) == 2


async def test_a_crash_fails_its_call_and_the_next_starts_it_again(start, rogue, mosaic_kernel):
    async with start(trust="first-use") as kernel:
        await kernel.dispatch("mcpclient.tools")
        rogue.does("crash")
        words = await fails(kernel, "server-gone")
        assert "exit code 7" in words
        assert "Segmentation" not in words
        [told] = mosaic_kernel.log.events("mcpclient.server_failed")
        assert told["said"] == "⟨U+001B⟩[31mSegmentation fault⟨U+001B⟩[0m, says the server"
        rogue.does()
        assert (await kernel.dispatch("mcpclient.call", CALL)).text == '{"a": 1}'


async def test_what_fails_too_often_is_left_alone(start, rogue):
    async with start(trust="first-use", top={"restarts": 1}) as kernel:
        await kernel.dispatch("mcpclient.tools")
        rogue.does("crash")
        for _ in range(2):
            await fails(kernel, "server-gone")
        started = len(rogue.pids)
        await fails(kernel, "server-parked")
        assert len(rogue.pids) == started
        assert await state(kernel) == "parked"
        doctor = await kernel.dispatch("plugins.info", {"name": "mcpclient"})
        assert doctor.state == "running"


async def test_the_budget_is_for_a_window(autojump_clock):
    budget = FailureBudget(1, 60)
    budget.failed()
    budget.failed()
    assert budget.is_spent
    await trio.sleep(61)
    assert not budget.is_spent


async def test_a_server_that_hangs_is_ended_with_all_that_it_started(start, rogue):
    async with start(trust="first-use", seconds=1.0) as kernel:
        await kernel.dispatch("mcpclient.tools")
        rogue.does("hang")
        started = time.monotonic()
        await fails(kernel, "server-slow")
        assert time.monotonic() - started < 20
        await ended(rogue.pids[0])
        await ended(rogue.grandchild)
        rogue.does()
        assert (await kernel.dispatch("mcpclient.call", CALL)).text == '{"a": 1}'


async def test_a_server_that_is_only_slow_is_kept(start, rogue):
    async with start(trust="first-use", seconds=1.2) as kernel:
        await kernel.dispatch("mcpclient.tools")
        rogue.does("slow")
        await fails(kernel, "server-slow")
        assert await state(kernel) == "connected"
        rogue.does()
        await kernel.dispatch("mcpclient.call", CALL)
        assert len(rogue.pids) == 1
        assert "notifications/cancelled" in rogue.methods


@pytest.mark.parametrize(
    ("behaviour", "top", "words"),
    [
        ("flood", {"messages_per_second": 500}, "more than 500 messages in a second"),
        ("endless line", {"message_bytes": 100_000}, "more than 100000 bytes"),
    ],
)
async def test_a_flood_ends_the_server_and_nothing_else(start, rogue, behaviour, top, words):
    async with start(trust="first-use", top=top) as kernel:
        await kernel.dispatch("mcpclient.tools")
        rogue.does(behaviour)
        assert words in await fails(kernel, "server-gone")
        await ended(rogue.pids[0])
        assert (await kernel.dispatch("mcpclient.servers")).servers[0].approved == 1


async def test_answers_that_are_none_are_told_and_the_server_goes_on(start, rogue):
    async with start(trust="first-use") as kernel:
        await kernel.dispatch("mcpclient.tools")
        rogue.does("malformed")
        await fails(kernel, "bad-answer")
        rogue.does("no tools")
        with pytest.raises(Unavailable, match="what MCP does not know"):
            await kernel.dispatch("mcpclient.tools", {"server": "rogue", "refresh": True})
        rogue.does()
        await kernel.dispatch("mcpclient.call", CALL)
        assert len(rogue.pids) == 1


async def test_a_cancelled_call_is_cancelled_there_too(start, rogue):
    async with start(trust="first-use") as kernel:
        await kernel.dispatch("mcpclient.tools")
        rogue.does("slow")
        with trio.move_on_after(0.1) as scope:
            await kernel.dispatch("mcpclient.call", CALL)
        assert scope.cancelled_caught
        rogue.does()
        await kernel.dispatch("mcpclient.call", CALL)
        assert "notifications/cancelled" in rogue.methods


@pytest.mark.parametrize(
    ("command", "seconds", "words"),
    [
        (["no-such-program-here"], 10.0, "cannot be started: No such file"),
        (["true"], 10.0, "ended with exit code 0"),
        (["sh", "-c", "exec >&-; sleep 0.3; exit 3"], 10.0, "ended with exit code 3"),
        (["sleep", "1000"], 0.3, "did not answer within 0.3 seconds"),
    ],
)
async def test_what_does_not_come_up_is_told(start, command, seconds, words):
    async with start(command=command, start_seconds=seconds, trust="first-use") as kernel:
        with pytest.raises(Unavailable, match=words):
            await kernel.dispatch("mcpclient.tools", {"server": "rogue"})
        found = await kernel.dispatch("mcpclient.tools")
        assert list(found.unreachable) == ["rogue"]


async def test_a_program_gets_few_variables(start, monkeypatch, tmp_path):
    monkeypatch.setenv("AWS_SECRET", "not yours")
    monkeypatch.setenv("WANTED", "yes")
    out = tmp_path / "variables"
    command = ["sh", "-c", f"env > {out}; pwd >> {out}"]
    async with start(command=command, environment={"OWN": "1"}, inherit=["WANTED"]) as kernel:
        with pytest.raises(Unavailable):
            await kernel.dispatch("mcpclient.tools", {"server": "rogue"})
        words = out.read_text().split()
        assert {"OWN=1", "WANTED=yes", str(kernel.project_directory), f"PATH={os.environ['PATH']}"} <= set(
            words
        )
        assert "AWS_SECRET" not in out.read_text()


async def test_a_new_generation_has_a_server_of_its_own_and_the_old_leaves_nothing(start, rogue, mosaic_leaks):
    async with start(trust="first-use") as kernel:
        await kernel.dispatch("mcpclient.call", CALL)
        [old] = rogue.pids
        await kernel.dispatch("plugins.reload", {"name": "mcpclient"})
        assert not lives(old)
        assert (await kernel.dispatch("mcpclient.call", CALL)).text == '{"a": 1}'
        assert len(rogue.pids) == 2


async def test_many_calls_at_once_share_one_server(start, rogue):
    async with start(trust="first-use") as kernel, trio.open_nursery() as nursery:
        found = []

        async def one(number):
            answer = await kernel.dispatch("mcpclient.call", {**CALL, "arguments": {"a": number}})
            found.append((number, answer.text))

        for number in range(20):
            nursery.start_soon(one, number)
    assert sorted(found) == [(number, f'{{"a": {number}}}') for number in range(20)]
    assert len(rogue.pids) == 1
