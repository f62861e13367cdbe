"""Who asked may go, and others may come: no answer grants what was not asked any more, and none is lost."""

import pytest
import trio
from test_inbox_questions import AGENT, PERMISSION, answer, listed

from mosaic_hookspecs import NotFound, RunSpec, TaskSpec


@pytest.fixture
def opened(mosaic_kernel):
    def make(*plugins, **settings):
        given = {f"plugins.inbox.{name}": one for name, one in settings.items()}
        return mosaic_kernel("memory", "engine", "inbox", *plugins, settings=given)

    return make


async def ask(kernel, got=None, **fields):
    found = await kernel.dispatch("inbox.ask", fields, AGENT)
    if got is not None:
        got.append(found)
    return found


async def test_a_permission_that_was_answered_when_its_asker_had_gone_grants_nothing_later(
    opened, autojump_clock, mosaic_clock
):
    async with opened() as kernel:
        with trio.move_on_after(1):
            await ask(kernel, **PERMISSION, wait_seconds=3600)
        [one] = await listed(kernel)
        await answer(kernel, one.id, "allow")  # it may have moved to another generation for all one knows
        await trio.sleep(10)
        found = await ask(kernel, **PERMISSION, wait_seconds=30)
        assert not found.is_answered
        with trio.move_on_after(1):
            await ask(kernel, **PERMISSION, wait_seconds=3600)
        await trio.sleep(10)
        assert await listed(kernel) == []
        with pytest.raises(NotFound, match="no-item"):
            await answer(kernel, one.id, "allow")


async def test_the_answer_to_a_question_whose_asker_has_gone_comes_as_a_message(
    opened, autojump_clock, mosaic_clock
):
    async with opened("mail") as kernel:
        await kernel.dispatch("message.read", {}, AGENT)
        with trio.move_on_after(1):
            await ask(kernel, title="Which port?", wait_seconds=3600)
        [one] = await listed(kernel)
        await answer(kernel, one.id, "8080")
        [message] = (await kernel.dispatch("message.read", {}, AGENT)).items
        assert "8080" in message.text


async def test_one_who_stops_waiting_withdraws_nothing_from_another(opened, autojump_clock, mosaic_clock):
    first, second = [], []
    async with opened() as kernel, trio.open_nursery() as nursery:
        with trio.move_on_after(8):
            async with trio.open_nursery() as inner:
                inner.start_soon(lambda: ask(kernel, **PERMISSION, wait_seconds=3000))
                inner.start_soon(lambda: ask(kernel, first, **PERMISSION, wait_seconds=5))
                await trio.sleep(6)
                nursery.start_soon(lambda: ask(kernel, second, **PERMISSION, wait_seconds=100))
        assert [one.is_answered for one in first] == [False]
        await trio.sleep(20)
        [one] = await listed(kernel)
        await answer(kernel, one.id, "allow")
    assert [one.answer for one in second] == ["allow"]


async def test_questions_that_were_answered_make_room_for_others(opened):
    async with opened(questions=3) as kernel:
        waiting = await ask(kernel, title="Still open")
        for number in range(6):
            found = await ask(kernel, title=f"Q{number}")
            await answer(kernel, found.id, "yes")
        assert (await ask(kernel, title="Q5")).answer == "yes"
        assert [one.id for one in await listed(kernel)] == [waiting.id]


async def test_what_waits_is_found_however_many_runs_came_after(opened):
    async with opened() as kernel:
        engine = kernel.port("scheduling").get()
        await engine.create(RunSpec(run_id="old"), [TaskSpec(task_id="t", approval="Go?")])
        for number in range(1005):
            await engine.create(RunSpec(run_id=f"r{number}"), [TaskSpec(task_id="t")])
        assert [one.id for one in await listed(kernel)] == ["gate:old/t"]
        await answer(kernel, "gate:old/t", "yes")
        assert (
            await kernel.dispatch("task.show", {"run_id": "old", "task_id": "t"})
        ).task.state.value == "ready"


async def test_a_task_that_was_given_back_is_in_the_list_before_it_comes_again(
    opened, autojump_clock, mosaic_clock
):
    task = TaskSpec(task_id="t", runtime="person", timeout_seconds=100)
    other = TaskSpec(task_id="u", runtime="nobody")
    async with opened() as kernel, trio.open_nursery() as nursery:
        await kernel.port("scheduling").get().create(RunSpec(run_id="r"), [task, other])
        nursery.start_soon(kernel.dispatch, "run.drive", {"run_id": ""})
        states = set()
        for _ in range(120):
            await trio.sleep(7)
            [one] = await listed(kernel)
            states.add(one.state)
        assert states == {"open", "ready"}
        nursery.cancel_scope.cancel()
