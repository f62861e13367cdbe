"""Long changes of the memory store let others run, who see none of it before it is whole."""

import time

import pytest
import trio
from store_opening import open_memory

from mosaic_hookspecs import Document, RecordEvent, Refused
from mosaic_testing.graphs import independent, start_run
from mosaic_testing.opening import do
from mosaic_testing.storage_reference import ReferenceStorage
from mosaic_testing.storage_work import everything
from turns import turns_of_others

LOG = 1500


async def long_log():
    """Return the log of another store."""
    other = ReferenceStorage()
    await do(other, *(start_run(f"r{number:04}", independent(1)) for number in range(LOG // 3)))
    assert len(other.reference.events) == LOG
    return list(other.reference.events)


class Pace(trio.abc.Instrument):
    """Finds the longest time for which nobody else could run, in seconds of the processor."""

    def __init__(self):
        self.longest = 0.0
        self._begun = time.thread_time()

    def before_task_step(self, task):
        self._begun = time.thread_time()

    def after_task_step(self, task):
        self.longest = max(self.longest, time.thread_time() - self._begun)


async def test_taking_over_lets_others_run_and_nobody_sees_half_of_it(tmp_path):
    events = await long_log()
    documents = [Document(collection="test.a", key=f"{n:04}", version=1, body={"n": n}) for n in range(2000)]
    blobs = [str(number).encode() * 2000 for number in range(200)]
    async with open_memory(tmp_path) as storage:
        seen = set()

        async def look():
            while True:
                runs = len(await storage.runs(limit=LOG))
                seen.add((await storage.head(), runs))
                assert len(await storage.documents("test.a", limit=9999)) in (0, 2000)

        async with trio.open_nursery() as nursery, turns_of_others() as turns:
            nursery.start_soon(look)
            await storage.ingest(events=events, documents=documents, blobs=blobs)
            assert turns.count > 10, "others run meanwhile"
            for _ in range(10):
                await trio.lowlevel.checkpoint()
            nursery.cancel_scope.cancel()
        assert {head for head, _ in seen} <= {0, LOG}
        assert {runs for _, runs in seen} <= {0, LOG // 3}
        assert (LOG, LOG // 3) in seen
        assert (await storage.verify()).is_sound


async def test_many_commands_of_one_call_are_whole_for_whoever_looks(tmp_path):
    async with open_memory(tmp_path) as storage:
        seen, woken = set(), []

        async def look():
            while True:
                seen.add(await storage.head())

        async def wait():
            woken.append(await storage.wait(0))

        async with trio.open_nursery() as nursery, turns_of_others() as turns:
            nursery.start_soon(look)
            nursery.start_soon(wait)
            await do(storage, *(RecordEvent(kind="test.step") for _ in range(1000)))
            assert turns.count > 5, "others run meanwhile"
            for _ in range(10):
                await trio.lowlevel.checkpoint()
            nursery.cancel_scope.cancel()
        assert 1000 in seen
        assert seen <= {0, 1000}
        assert woken == [1000]


async def test_being_cancelled_in_the_midst_of_it_leaves_no_half(tmp_path):
    events = await long_log()
    for change in ("ingest", "apply"):
        async with open_memory(tmp_path) as storage:
            commands = [RecordEvent(kind="test.step") for _ in range(LOG)]
            with trio.CancelScope() as scope:
                async with trio.open_nursery() as nursery:

                    async def cancel(scope=scope):
                        await trio.lowlevel.checkpoint()
                        await trio.lowlevel.checkpoint()
                        scope.cancel()

                    nursery.start_soon(cancel)
                    if change == "ingest":
                        await storage.ingest(events=events)
                    else:
                        await storage.apply(commands, by="test")
            assert await storage.head() in (0, LOG), change
            assert (await storage.verify()).is_sound


async def test_what_is_refused_late_leaves_nothing_and_the_next_call_goes_on(tmp_path):
    events = await long_log()
    async with open_memory(tmp_path) as storage:
        before = await everything(storage)
        with pytest.raises(Refused):
            await storage.ingest(events=[*events[:-1], events[0]])
        assert await everything(storage) == before
        assert await storage.ingest(events=events) == LOG


async def test_two_who_take_over_at_once_do_not_mix(tmp_path):
    events = await long_log()
    async with open_memory(tmp_path) as storage, trio.open_nursery() as nursery:
        nursery.start_soon(lambda: storage.ingest(events=events))
        nursery.start_soon(lambda: storage.ingest(events=events))
        nursery.start_soon(lambda: storage.put_document("test.a", "k", {}))
    assert await storage.head() == LOG
    assert (await storage.verify()).is_sound


async def test_no_step_of_taking_over_is_long(tmp_path):
    events = await long_log()
    pace = Pace()
    async with open_memory(tmp_path) as storage:
        longest = []
        for _ in range(3):  # the garbage collector may run in any step, so the best of three
            pace.longest = 0.0
            await storage.replace(type(storage.content())())
            trio.lowlevel.add_instrument(pace)
            try:
                await storage.ingest(events=events)
            finally:
                trio.lowlevel.remove_instrument(pace)
            longest.append(pace.longest)
        assert min(longest) < 0.05, longest  # a few milliseconds; in one step it were a hundred


@pytest.mark.parametrize("work", ["verify", "rebuild", "restore"])
async def test_checking_and_rebuilding_a_long_log_lets_others_run(tmp_path, work):
    async with open_memory(tmp_path) as storage:
        await storage.ingest(events=await long_log())
        path = str(tmp_path / "copy")
        if work == "restore":
            await storage.backup(path)
        async with turns_of_others() as turns:
            found = await (storage.restore(path) if work == "restore" else getattr(storage, work)())
        assert found.is_sound, found.problems
        assert turns.count > 2 * LOG / 100, "a turn for every hundred events, for the chain and for the replay"


async def test_what_is_written_while_a_store_is_checked_is_no_problem(tmp_path):
    async with open_memory(tmp_path) as storage:
        await storage.ingest(events=await long_log())
        found = []

        async def check():
            found.append(await storage.verify())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(check)
            while not found:
                await do(storage, start_run(f"new{await storage.head()}", independent(1)))
        assert await storage.head() > LOG
        assert found[0].is_sound, found[0].problems
        assert (await storage.verify()).is_sound


async def test_what_is_written_while_a_store_is_rebuilt_waits_and_is_not_lost(tmp_path):
    async with open_memory(tmp_path) as storage:
        await storage.ingest(events=await long_log())
        seen = []

        async def write():
            await do(storage, start_run("new", independent(1)))
            seen.append((await storage.task("new", "t0")).state.value)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(write)
            await storage.rebuild()
        assert seen == ["ready"]
        assert (await storage.verify()).is_sound
