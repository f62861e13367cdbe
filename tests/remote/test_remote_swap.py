"""What is isolated is swapped and reloaded as anything else."""

import io

import trio

from mosaic_kernel import Kernel
from mosaic_testing.graphs import chain, start_run


def opened(tmp_path, text, *allow):
    (tmp_path / "mosaic.yaml").write_text(text)
    settings = {"allow": list(allow)}
    return Kernel(profile="", directory=tmp_path, settings=settings, environment={}, log_stream=io.StringIO())


async def test_a_store_in_a_process_of_its_own_is_swapped_while_it_is_used(tmp_path):
    text = "ports: {storage: memory}\nisolate: [memory, sqlite]\n"
    async with opened(tmp_path, text, "memory", "sqlite") as kernel, trio.open_nursery() as nursery:
        storage = kernel.port("storage").get()
        await storage.apply([start_run("r", chain(3))], by="test")
        woken = []

        async def wait():
            woken.append(await storage.wait(await storage.head()))

        nursery.start_soon(wait)
        await trio.sleep(0.1)
        report = await kernel.dispatch("plugins.swap", {"port": "storage", "name": "sqlite", "keeps": False})
        assert report.is_complete, report
        assert len(await storage.tasks("r")) == 3
        assert (await storage.verify()).is_sound
        head = await storage.head()
        await storage.apply([start_run("q", chain(1))], by="test")
        with trio.fail_after(10):
            while not woken:  # noqa: ASYNC110 - the waiting task ends in its own time
                await trio.sleep(0.01)
        assert woken[0] > head


async def test_an_isolated_plugin_stays_isolated_over_a_reload(tmp_path):
    async with opened(tmp_path, "isolate: [upp]\n", "upp") as kernel:
        slot = kernel.runtime.slots["upp"]
        first = slot.generation.instance.link.pid
        report = await kernel.dispatch("plugins.reload", {"name": "upp"})
        assert report.is_complete, report
        assert slot.generation.instance.link.pid != first
        assert kernel.port("planning").get("format:json").name == "json"
