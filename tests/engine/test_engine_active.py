"""task.active: what is being worked on, at the cost of that and no more."""

from __future__ import annotations

import pytest
import trio
from engine_fakes import EPOCH, ScriptedAgent, World, task

from mosaic_engine.active import last_line
from mosaic_engine.live_log import LiveLog, log_directory
from mosaic_hookspecs import AgentOffer, Claim, NotFound


async def test_what_is_worked_on_over_all_runs(tmp_path, autojump_clock):
    async def talk(assignment):
        assignment.journal.output(b"\x1b[32mcompiling\x1b[0m\n 12 of 40 \r 13 of 40 \r\n")
        await trio.sleep(60)

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": talk, "b": talk}))
    await world.start(
        task("a", title="First", path=("Epic", "Story"), minutes=15), task("z", "a"), title="The shop"
    )
    await trio.sleep(1)
    await world.start(task("b"), run_id="other", project="books")
    assert (await world.ask("task.active")).items == []
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.engine.drive, "")
        await trio.sleep(10)
        found = await world.ask("task.active")
        assert (found.total, [(one.run_id, one.task_id) for one in found.items]) == (
            2,
            [("other", "b"), ("r", "a")],
        )
        one = found.items[1]
        assert (one.run_title, one.project, one.title, one.path) == (
            "The shop",
            "default",
            "First",
            ("Epic", "Story"),
        )
        assert (one.agent, one.since, one.minutes, one.attempt, one.token) == ("worker", EPOCH + 1000, 15, 1, 1)
        assert one.state.value == "leased"
        assert one.last_line == "13 of 40"
        assert one.lease_until > EPOCH + 60_000
        assert one.holder
        only = await world.ask("task.active", run_id="other")
        assert [one.task_id for one in only.items] == ["b"]
        bounded = await world.ask("task.active", limit=1)
        assert (bounded.total, [one.task_id for one in bounded.items]) == (2, ["b"])
        world.storage.calls.clear()
        await world.ask("task.active")
        assert not world.storage.calls["events"]  # who made the attempts is known by now
        await trio.sleep(100)
        world.storage.calls.clear()
        assert (await world.ask("task.active")).items == []
        assert dict(world.storage.calls) == {"count": 1}
        nursery.cancel_scope.cancel()
    with pytest.raises(NotFound):
        await world.ask("task.active", run_id="none")


async def test_an_old_run_is_found_behind_many_that_are_over(tmp_path, autojump_clock):
    async def nap(assignment):
        await trio.sleep(1000)

    world = World(tmp_path, agent=ScriptedAgent(scripts={"slow": nap}))
    await world.start(task("slow"), run_id="old")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(world.engine.drive, "")
        await trio.sleep(1)
        for number in range(130):
            await world.start(task("quick"), run_id=f"n{number}")
        await trio.sleep(10)
        found = await world.ask("task.active")
        assert [(one.run_id, one.task_id) for one in found.items] == [("old", "slow")]
        nursery.cancel_scope.cancel()


@pytest.mark.parametrize(
    ("output", "line"),
    [
        (b"", ""),
        (b"\n \r\n\t\n", ""),
        (b"one\ntwo", "two"),
        (b"one\n\x1b[1A\x1b[2K\x1b[31;1mred\x1b[m\n", "red"),
        (b"\x1b]0;a title\x07text\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "textlink"),
        ("safe\u202egnp.exe\u200b".encode(), "safegnp.exe"),
        (b"a\x00b\x08c\x7f", "abc"),
        (b"x" * 5000, "x" * 200),
        (b"\xff broken", "\ufffd broken"),
    ],
)
def test_the_last_line_is_plain_text(output, line):
    assert last_line(output) == line


async def test_of_many_the_last_lines_are_those_of_each(tmp_path):
    world = World(tmp_path)
    await world.start(*(task(f"t{n}") for n in range(60)))
    await world.command(Claim(holder="h", offers=[AgentOffer(name="a", is_general=True)], limit=60))
    for number in (0, 7, 59):
        log = LiveLog(log_directory(world.context.state_directory, "r", f"t{number}"), 1, 30_000)
        log.write(f"{number} of many\n".encode())
        log.close()
    found = await world.ask("task.active")
    assert [one.task_id for one in found.items] == [f"t{n}" for n in range(60)]
    lines = {one.task_id: one.last_line for one in found.items if one.last_line}
    assert lines == {"t0": "0 of many", "t7": "7 of many", "t59": "59 of many"}
