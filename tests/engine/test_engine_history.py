"""task.history: a task's events, newest first, however long the log is."""

from __future__ import annotations

from contextlib import aclosing

import pytest
import trio
from engine_fakes import ScriptedAgent, World, task

from mosaic_engine import past
from mosaic_hookspecs import AgentResult, NotFound
from mosaic_hookspecs.commands import RecordEvent


async def stumble(assignment):
    await trio.sleep(100)
    return AgentResult(outcome="failed", summary="again")


async def test_newest_first_in_pages_without_renewals(tmp_path, autojump_clock):
    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": stumble}))
    await world.start(task("a", attempts=2), task("b"))
    await world.drive()
    kinds = await world.kinds("a")
    assert "task.renewed" in kinds
    plain = [kind for kind in kinds if kind != "task.renewed"]
    whole = await world.ask("task.history", task_id="a")
    assert [one.kind for one in whole.items] == plain[::-1]
    assert whole.next == 0
    assert whole.items[0].body["reason"] == "again"
    everything = await world.ask("task.history", task_id="a", with_renewals=True)
    assert [one.kind for one in everything.items] == kinds[::-1]
    found, before = [], 0
    while True:
        page = await world.ask("task.history", task_id="a", limit=2, before=before)
        found += page.items
        before = page.next
        if not before:
            break
    assert found == whole.items
    with pytest.raises(NotFound):
        await world.ask("task.history", task_id="none")


@pytest.mark.parametrize("step", [1, 7, 5000])
async def test_a_long_log_is_read_backwards(tmp_path, monkeypatch, step):
    monkeypatch.setattr(past, "_FIRST_STEP", step)
    monkeypatch.setattr(past, "_PAGE", 3)
    world = World(tmp_path)
    await world.start(task("a"), task("b"))
    wanted = []
    for number in range(120):
        name = "a" if number % 11 == 0 else "b"
        await world.command(RecordEvent(kind="test.noted", run_id="r", task_id=name, body={"number": number}))
        if name == "a":
            wanted.insert(0, number)
    found = await world.ask("task.history", task_id="a", limit=50)
    assert [one.body["number"] for one in found.items] == wanted
    newest = await world.ask("task.history", task_id="a", limit=3)
    assert [one.body["number"] for one in newest.items] == wanted[:3]
    rest = await world.ask("task.history", task_id="a", before=newest.next)
    assert [one.body["number"] for one in rest.items] == wanted[3:]


async def test_it_says_what_the_log_says(tmp_path):
    world = World(tmp_path)
    await world.start(task("a"))
    await world.drive()
    logged = []
    async with aclosing(world.follow(run_id="r")) as events:
        async for event in events:
            logged.append(event)
            if event.kind == "run.finished":
                break
    history = (await world.ask("task.history", task_id="a")).items
    assert list(history) == [event for event in reversed(logged) if event.task_id == "a"]
