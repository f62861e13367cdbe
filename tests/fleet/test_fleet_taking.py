"""Taking work: who gets what, waiting, and answers that were lost."""

import attrs
import trio
from fleet_team import lent, names, refused, task

from mosaic_hookspecs import Operation, OperationKind, hookimpl


async def test_work_comes_with_all_that_it_needs(make_team, autojump_clock):
    async with make_team() as team:
        await team.start(task("a", title="Write it", work={"description": "Words."}), title="A book")
        work = await team.work("ada")
        assert (work.run_id, work.task_id, work.token, work.attempt) == ("r", "a", 1, 1)
        assert (work.title, work.workspace, work.lease_seconds) == ("Write it", "", 120)
        assert "Words." in work.text
        assert "A book" in work.text
        assert await team.state("a") == "leased"


async def test_who_waits_gets_work_when_it_is_there(make_team, autojump_clock):
    async with make_team() as team, team.taking("ada") as got:
        assert (await team.agent("ada")).state == "waiting"
        await trio.sleep(500)
        assert got == {}
        await team.start(task("a"))
        await trio.sleep(1)
        assert got["ada"].work.task_id == "a"


async def test_waiting_costs_nothing(make_team, autojump_clock):
    async with make_team() as team, team.taking(*(f"w{n}" for n in range(20)), wait=3600):
        head, before = await team.storage.head(), trio.lowlevel.current_statistics()
        await trio.sleep(600)
        assert await team.storage.head() == head
        assert trio.lowlevel.current_statistics().tasks_living == before.tasks_living


async def test_each_task_goes_to_one(make_team, autojump_clock):
    async with make_team() as team:
        await team.start(*(task(f"t{n}") for n in range(3)))
        async with team.taking("ada", "bob", "cat", "dan") as got:
            await trio.sleep(1)
            assert len(got) == 3
            assert {taken.work.task_id for taken in got.values()} == {"t0", "t1", "t2"}


async def test_names_and_labels_choose(make_team, autojump_clock):
    async with make_team() as team:
        await team.register("ada", labels=["python"], is_general=False)
        await team.register("bob", labels=["python", "css"], is_general=False)
        await team.register("cat")
        await team.start(
            task("named", runtime="cat"), task("styled", labels=("css",)), task("typed", labels=("python",))
        )
        async with team.taking("ada", "bob", "cat") as got:
            await trio.sleep(1)
            assert {name: taken.work.task_id for name, taken in got.items()} == {
                "ada": "typed",
                "bob": "styled",
                "cat": "named",
            }


async def test_nothing_says_why(make_team, autojump_clock):
    async with make_team() as team:
        assert "there are no runs yet" in (await team.take("ada")).words
        await team.start(task("a", runtime="bob"), task("b", "a"), task("c", approval="Really?"))
        taken = await team.take("ada")
        assert taken.work is None
        assert "1 blocked" in taken.words
        assert "a is ready for the agent 'bob', not for you" in taken.words
        assert "c: it waits for approval: Really?" in taken.words
        assert "work_take again" in taken.words
        await team.ask("run.pause", run_id="r")
        assert "run 'r' is paused (run_resume" in (await team.take("ada")).words


async def test_work_that_is_held_is_told_again(make_team, autojump_clock):
    async with make_team() as team:
        await team.start(task("a"), task("b"))
        first = await team.work("ada")
        again = await team.take("ada")
        assert names(again.work) == names(first)
        assert "hold this work already" in again.words


async def test_a_take_whose_client_leaves_loses_nothing(make_team, autojump_clock):
    async with make_team() as team:
        with trio.move_on_after(5):
            await team.take("ada", 1000)
        assert (await team.agent("ada")).state == "idle"
        await team.start(task("a"))
        await trio.sleep(10)
        assert await team.state("a") == "ready"
        assert (await team.work("bob")).token == 1


class Slow:
    """Mail that does not answer the first time."""

    def __init__(self):
        self._asked = 0

    @hookimpl
    def mosaic_operations(self, context):
        async def handler(request, call):
            self._asked += 1
            if self._asked == 1:
                await trio.sleep_forever()
            return Count()

        return [
            Operation(
                name="message.waiting",
                kind=OperationKind.QUERY,
                input=Question,
                output=Count,
                handler=handler,
                permission="",
                summary="Say how many wait.",
            )
        ]


@attrs.frozen(kw_only=True)
class Question:
    """Whose messages."""

    name: str


@attrs.frozen(kw_only=True)
class Count:
    """How many wait."""

    count: int = 1


async def test_a_client_that_leaves_when_work_has_come_loses_nothing(make_team, autojump_clock):
    async with make_team(Slow, lease_seconds=1000) as team:
        await team.start(task("a"))
        with trio.move_on_after(60):
            await team.take("ada", 10)
        assert (await team.agent("ada")).holding == []
        work = await team.work("ada", 60)
        assert (work.task_id, trio.current_time() < 80) == ("a", True)


async def test_who_can_do_several_things_gets_several(make_team, autojump_clock):
    async with make_team() as team:
        await team.register("ada", capacity=2)
        await team.start(*(task(f"t{n}") for n in range(3)))
        first, second = await team.work("ada"), await team.work("ada")
        assert first.task_id != second.task_id
        assert names((await team.take("ada")).work) == names(first)
        await team.report(first)
        assert (await team.work("ada")).task_id == "t2"


async def test_runs_go_on_while_workers_are_here(make_team, autojump_clock):
    async with make_team() as team:
        await team.register("ada")
        await team.start(task("a"), task("b", "a"))
        for _ in range(2):
            await team.report(await team.work("ada"))
        assert (await team.ask("run.show", run_id="r")).result == "accepted"
        await team.ask("agent.leave", name="ada")
        await team.start(task("a"), run_id="later")
        await trio.sleep(10)
        assert await team.state("a", "later") == "ready"


async def test_a_system_may_be_told_not_to_drive(make_team, autojump_clock):
    async with make_team(drives=False) as team:
        await team.start(task("a"))
        assert (await team.take("ada", 10)).work is None
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: team.ask("run.drive", run_id="r"))
            assert (await team.work("ada")).task_id == "a"
            nursery.cancel_scope.cancel()


async def test_a_drive_of_one_run_goes_on_while_a_worker_may_come_back(make_team, autojump_clock):
    async with make_team(drives=False, lease_seconds=100) as team:
        await team.start(task("a"), task("b", "a"))
        await team.register("ada")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(lambda: team.ask("run.drive", run_id="r"))
            for _ in range(2):
                await team.report(await team.work("ada"))
                await trio.sleep(30)
        assert (await team.ask("run.show", run_id="r")).result == "accepted"


async def test_a_drive_of_one_run_ends_when_its_only_worker_is_silent(make_team, autojump_clock):
    async with make_team(drives=False, lease_seconds=100) as team:
        await team.start(task("a"))
        await team.register("ada")
        await team.ask("run.drive", run_id="r")
        assert 100 <= trio.current_time() < 110
        assert await team.state("a") == "ready"


async def test_an_agent_on_a_lent_connection_is_itself(make_team, autojump_clock):
    async with make_team() as team:
        await team.start(task("a"))
        error = await refused(team.ask("work.take", lent("bob"), agent="ada", wait_seconds=0))
        assert (error.code, error.got) == ("not-yours", "agent:bob")
        taken = await team.ask("work.take", lent("bob"), agent="bob", wait_seconds=60)
        assert taken.work.task_id == "a"


async def test_where_something_drives_already_nothing_else_does(make_team, autojump_clock):
    async with make_team() as team, trio.open_nursery() as nursery:
        nursery.start_soon(lambda: team.ask("run.drive", run_id=""))
        await trio.sleep(1)
        await team.start(task("a"))
        work = await team.work("ada")
        assert len(team.kernel.port("scheduling").get()._drivers) == 1
        assert (await team.report(work)).verdict == "accepted"
        nursery.cancel_scope.cancel()
