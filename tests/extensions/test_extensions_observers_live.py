import pytest
import trio
import trio.testing
from extending import reload
from observing import Recorder, kernel, opened, place, record

QUICK = {"plugins.observers.gather_seconds": 0.0}


@pytest.mark.parametrize("target", ["sqlite", "memory"])
async def test_a_swap_of_the_storage_loses_nothing_and_gives_nothing_twice(tmp_path, target):
    one = Recorder()
    start = "memory" if target == "sqlite" else "sqlite"
    # What is to change while the system works stands in the project's file; a setting would be above it.
    (tmp_path / "mosaic.yaml").write_text(f"ports: {{storage: {start}}}\n")
    settings = {"allow": ["observers", "memory", "sqlite"], **QUICK}
    async with kernel(tmp_path, storage=start, settings=settings, one=one) as running:
        await opened(running)
        await record(running, 3)
        await one.until(3)
        report = await running.dispatch("plugins.swap", {"port": "storage", "name": target, "keeps": False})
        assert report.is_complete
        assert running.port("storage").names() == (target,)
        await record(running, 3)
        await one.until(6)
        assert await place(running, "one") is not None
    assert one.seen == [1, 2, 3, 4, 5, 6]


async def test_reloads_of_the_feeder_under_load_lose_nothing(tmp_path):
    one = Recorder()
    async with kernel(tmp_path, storage="sqlite", settings=QUICK, one=one) as running:
        await opened(running)
        is_over = trio.Event()

        async def keep_recording():
            while not is_over.is_set():
                await record(running, 1)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(keep_recording)
            for number in range(2, 6):
                await trio.sleep(0.1)
                assert await reload(running, "observers") == number
            is_over.set()
        await one.until(await record(running, 1))
    # The old generation lets go before the next begins, so nothing comes twice either.
    assert one.seen == list(range(1, len(one.seen) + 1))
    assert len(one.seen) > 20


async def test_an_observer_that_is_enabled_later_is_fed_from_then_on(tmp_path, autojump_clock):
    one = Recorder()
    (tmp_path / "mosaic.yaml").write_text("plugins: {plugin-one: false}\n")
    async with kernel(tmp_path, one=one) as running:
        await record(running, 3)
        await trio.sleep(10)
        await running.dispatch("plugins.enable", {"name": "plugin-one", "keeps": False})
        await trio.testing.wait_all_tasks_blocked()
        await record(running, 2)
        await one.until(5)
        assert one.seen == [4, 5]
        await running.dispatch("plugins.disable", {"name": "plugin-one", "keeps": False})
        await record(running, 2)
        await trio.sleep(200)
        await running.dispatch("plugins.enable", {"name": "plugin-one", "keeps": False})
        await one.until(7)
    assert one.seen == [4, 5, 6, 7]


async def test_a_kernel_that_does_not_serve_delivers_nothing(tmp_path, autojump_clock):
    one = Recorder(from_start=True)
    async with kernel(tmp_path, serves=False, one=one) as running:
        await record(running, 3)
        await trio.sleep(100)
    assert one.tries == []
