import io
import math

import pytest
import trio
import trio.testing
from observing import Recorder, kernel, opened, place, record

from mosaic_hookspecs import InputError


async def test_each_observer_gets_every_event_in_order_and_in_batches(tmp_path, autojump_clock):
    one, two = Recorder(), Recorder()
    made = kernel(tmp_path, settings={"plugins.observers.batch_events": 10}, one=one, two=two)
    async with made as running:
        await trio.testing.wait_all_tasks_blocked()
        for _ in range(3):
            head = await record(running, 25)
        await one.until(head)
        await two.until(head)
    assert one.seen == two.seen == list(range(1, 76))
    assert max(map(len, one.batches)) == 10


@pytest.mark.parametrize("storage", ["memory", "sqlite"])
async def test_what_is_written_as_soon_as_the_kernel_has_started_is_observed(tmp_path, storage):
    one = Recorder()
    async with kernel(tmp_path, storage=storage, one=one) as running:
        with trio.CancelScope(shield=True):
            head = await record(running, 3)
        with trio.fail_after(30):
            await one.until(head)
    assert one.seen == [1, 2, 3]


async def test_a_slow_observer_holds_up_nobody(tmp_path, autojump_clock):
    slow, fast = Recorder(seconds=20), Recorder()
    async with kernel(tmp_path, slow=slow, fast=fast) as running:
        await trio.testing.wait_all_tasks_blocked()
        started = trio.current_time()
        for _ in range(5):
            head = await record(running, 1)
            await fast.until(head)
        assert trio.current_time() - started < 1
        await slow.until(head)
    assert slow.seen == fast.seen == [1, 2, 3, 4, 5]
    assert len(slow.batches) == 2  # what came while it was busy is one batch


async def health(running, clock):
    clock.autojump_threshold = math.inf  # the doctor asks other programs, in real time
    doctor = await running.dispatch("doctor.check")
    clock.autojump_threshold = 0
    return [one for one in doctor.checks if "observers" in one.name]


async def test_a_failing_observer_is_retried_then_skipped_and_told_and_loses_nothing(tmp_path, autojump_clock):
    log = io.StringIO()
    broken, sound = Recorder(), Recorder()
    broken.error = ValueError("no such host")
    async with kernel(tmp_path, log=log, broken=broken, sound=sound) as running:
        await trio.testing.wait_all_tasks_blocked()
        started = trio.current_time()
        await record(running, 3)
        await trio.sleep(100)
        waits = [round(later - earlier) for earlier, later in zip(broken.tries, broken.tries[1:], strict=False)]
        assert waits == [1, 2, 4, 8, 16, 29]  # doubled, up to the end of the minute that it may fail
        assert sound.seen == [1, 2, 3]
        [check] = await health(running, autojump_clock)
        assert check.state == "ill"
        assert "'broken' fails, 3 events behind: ValueError: no such host" in check.detail
        await record(running, 2)
        broken.error = None
        await broken.until(5)
        assert trio.current_time() - started == pytest.approx(60 + 300, abs=5)
        await trio.sleep(2)
        assert [one.state for one in await health(running, autojump_clock)] == ["well"]
    assert broken.seen == [1, 2, 3, 4, 5]
    assert "observer.failed" in log.getvalue()
    assert "observer.skipped" in log.getvalue()


async def test_an_observer_that_takes_too_long_has_failed(tmp_path, autojump_clock):
    log = io.StringIO()
    slow = Recorder(seconds=31)
    async with kernel(tmp_path, log=log, slow=slow) as running:
        await trio.testing.wait_all_tasks_blocked()
        await record(running, 1)
        await trio.sleep(31)
        assert slow.seen == []
        slow.seconds = 0
        await slow.until(1)
    assert "did not take a batch of 1 events in time" in log.getvalue()


async def test_new_observers_start_at_the_head_unless_they_say_otherwise(tmp_path):
    late, first = Recorder(), Recorder(from_start=True)
    async with kernel(tmp_path, storage="sqlite", serves=False) as running:
        await record(running, 4)  # what is there before they start is history to `late`
    async with kernel(tmp_path, storage="sqlite", late=late, first=first) as running:
        with trio.fail_after(30):
            await first.until(4)
            await record(running, 1)
            await late.until(5)
            await first.until(5)
    assert first.seen == [1, 2, 3, 4, 5]
    assert late.seen == [5]


@pytest.mark.parametrize("is_abrupt", [False, True])
async def test_the_place_is_kept_over_a_restart_and_a_crash(tmp_path, is_abrupt):
    one = Recorder()
    settings = {"plugins.observers.gather_seconds": 0.0}
    with trio.CancelScope() as crash:
        async with kernel(tmp_path, storage="sqlite", settings=settings, one=one) as running:
            await opened(running)
            await record(running, 3)
            await one.until(3)
            if is_abrupt:
                crash.cancel()
                await trio.lowlevel.checkpoint()
    async with kernel(tmp_path, storage="sqlite", serves=False) as running:
        await record(running, 3)  # by a kernel that does not serve
    again = Recorder()
    async with kernel(tmp_path, storage="sqlite", settings=settings, one=again) as running:
        await again.until(6)
    assert again.seen == [4, 5, 6]


async def test_leaving_gives_what_is_in_the_log(tmp_path, autojump_clock):
    one = Recorder(seconds=3)
    async with kernel(tmp_path, serves=False, one=one) as running, trio.open_nursery() as nursery:
        feeder = running.port("transport").get("observers")
        nursery.start_soon(feeder.serve)
        await trio.testing.wait_all_tasks_blocked()
        await record(running, 2)
        with trio.fail_after(4):
            await feeder.settle()
        assert one.seen == [1, 2]
        nursery.cancel_scope.cancel()


async def test_the_place_is_written_once_a_second_at_most(tmp_path, autojump_clock):
    one = Recorder()
    made = kernel(tmp_path, settings={"plugins.observers.gather_seconds": 0.01}, one=one)
    async with made as running:
        await trio.testing.wait_all_tasks_blocked()
        before = (await place(running, "one")).version
        for _ in range(100):
            await record(running, 1)
            await trio.sleep(0.1)
        await trio.sleep(2)
        document = await place(running, "one")
    assert len(one.batches) == 100
    assert document.body["sequence"] == 100
    assert 10 <= document.version - before <= 13


class Steps(trio.abc.Instrument):
    """Counts what trio's tasks do."""

    def __init__(self):
        self.count = 0

    def before_task_step(self, task):
        self.count += 1


@pytest.mark.parametrize("names", [[], ["one", "two"]])
async def test_idle_it_does_nothing(tmp_path, autojump_clock, names):
    async with kernel(tmp_path, **{name: Recorder() for name in names}) as running:
        await trio.testing.wait_all_tasks_blocked()
        await record(running, 1)
        await trio.sleep(5)
        steps = Steps()
        trio.lowlevel.add_instrument(steps)
        await trio.sleep(24 * 3600)
        trio.lowlevel.remove_instrument(steps)
    assert steps.count <= 2  # this test's own sleep


async def test_a_lease_that_a_batch_could_outlive_is_refused(tmp_path):
    settings = {"plugins.observers.lease_seconds": 20}
    with pytest.raises(InputError) as caught:
        async with kernel(tmp_path, settings=settings, one=Recorder()):
            pass
    assert caught.value.code == "short-lease"


async def test_a_mended_observer_is_not_spared_any_longer(tmp_path, autojump_clock):
    one = Recorder()
    one.error = ValueError("broken")
    async with kernel(tmp_path, one=one) as running:
        await trio.testing.wait_all_tasks_blocked()
        await record(running, 2)
        await trio.sleep(100)
        one.error = None
        started = trio.current_time()
        running.bus.publish("plugin.changed", {"plugin": "plugin-one", "generation": 2})
        await one.until(2)
        assert trio.current_time() == started


async def test_leaving_at_any_moment_waits_for_nothing(tmp_path, autojump_clock):
    for steps in range(40):
        async with kernel(tmp_path, one=Recorder(), two=Recorder(from_start=True)):
            for _ in range(steps):
                await trio.lowlevel.checkpoint()
    assert trio.current_time() < 1
