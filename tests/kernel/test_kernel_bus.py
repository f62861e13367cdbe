import pytest
import trio

from mosaic_kernel.bus import NoticeBus


async def test_subscribers_get_their_topics_in_order():
    bus = NoticeBus()
    async with bus.subscribe("task.*", "run") as some, bus.subscribe("*") as everything:
        for topic in ("task.output", "run", "runs", "tasks", "task.end"):
            bus.publish(topic, topic.upper())
        assert [(await anext(some)).topic for _ in range(3)] == ["task.output", "run", "task.end"]
        assert [(await anext(everything)).body for _ in range(5)] == [
            "TASK.OUTPUT", "RUN", "RUNS", "TASKS", "TASK.END",
        ]  # fmt: skip


async def test_a_slow_subscriber_misses_the_oldest_and_is_told():
    bus = NoticeBus()
    async with bus.subscribe("t", capacity=3) as slow, bus.subscribe("t", capacity=100) as fast:
        for number in range(10):
            bus.publish("t", number)
        missed = await anext(slow)
        assert (missed.topic, missed.body) == ("bus.missed", 7)
        assert [(await anext(slow)).body for _ in range(3)] == [7, 8, 9]
        bus.publish("t", 10)
        assert (await anext(slow)).body == 10
        assert [(await anext(fast)).body for _ in range(11)] == list(range(11))


async def test_a_waiting_subscriber_is_woken():
    bus = NoticeBus()
    got = []

    async def listen(task_status):
        async with bus.subscribe("t") as notices:
            task_status.started()
            got.append((await anext(notices)).body)

    async with trio.open_nursery() as nursery:
        await nursery.start(listen)
        await trio.testing.wait_all_tasks_blocked()
        bus.publish("t", 1)
    assert got == [1]


async def test_who_has_left_gets_nothing():
    bus = NoticeBus()
    async with bus.subscribe("t") as notices:
        bus.publish("t", 1)
    bus.publish("t", 2)
    assert (await anext(notices)).body == 1
    with pytest.raises(trio.TooSlowError):
        with trio.fail_after(0):
            await anext(notices)
    assert bus._subscribers == []


def test_topics_without_end_take_no_memory_without_end():
    bus = NoticeBus()
    for number in range(5000):
        bus.publish(f"topic.{number}", None)
    assert len(bus._routes) <= 1000
