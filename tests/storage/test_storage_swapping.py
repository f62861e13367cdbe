"""Storages that are reloaded and swapped in a kernel while somebody works."""

import trio

from mosaic_hookspecs import RecordEvent
from mosaic_kernel import Kernel
from mosaic_testing.opening import do
from mosaic_testing.storage_work import everything, some_work


def kernel(directory):
    (directory / "mosaic.yaml").write_text("ports: {storage: [memory]}\nallow: [memory, sqlite]\n")
    return Kernel(profile="", directory=directory, environment={})


async def test_a_reload_of_its_code_keeps_what_is_in_memory(tmp_path):
    async with kernel(tmp_path) as running:
        storage = running.port("storage").get()
        await some_work(storage)
        before = await everything(storage)
        for number in range(3):
            await running.dispatch("plugins.reload", {"name": "memory"})
            assert await everything(storage) == before, number
        assert (await storage.verify()).is_sound


async def test_a_reload_of_its_code_puts_two_generations_on_one_file(tmp_path):
    (tmp_path / "mosaic.yaml").write_text("ports: {storage: [sqlite]}\nallow: [sqlite]\n")
    async with Kernel(profile="", directory=tmp_path, environment={}) as running:
        storage = running.port("storage").get()
        await some_work(storage)
        before = await everything(storage)
        await running.dispatch("plugins.reload", {"name": "sqlite"})
        assert await everything(storage) == before
        assert await storage.others() == 0
        assert (await storage.verify()).is_sound


async def test_swaps_under_load_lose_no_write(tmp_path):
    roads = [("sqlite", {}), ("sqlite", {"plugins.sqlite.path": "other.db"}), ("memory", {}), ("sqlite", {})]
    async with kernel(tmp_path) as running:
        storage = running.port("storage").get()
        await some_work(storage)
        written = {"events": 0, "blobs": set(), "documents": {}}

        async def work(who):
            number = 0
            while not is_over:
                number += 1
                await do(storage, RecordEvent(kind="test.step", body={"who": who, "n": number}))
                written["events"] += 1
                key = f"{who}-{number % 3}"
                if number % 7 == 0:
                    await storage.delete_document("test.a", key)
                    written["documents"].pop(key, None)
                else:
                    await storage.put_document("test.a", key, {"n": number})
                    written["documents"][key] = number
                written["blobs"].add(await storage.put_blob(f"{who} {number % 20}".encode()))
                await trio.sleep(0.005)

        is_over = False
        with trio.fail_after(90):
            async with trio.open_nursery() as nursery:
                for who in range(3):
                    nursery.start_soon(work, who)
                for name, settings in roads:
                    change = {"port": "storage", "name": name, "settings": settings, "keeps": False}
                    await running.dispatch("plugins.swap", change)
                is_over = True
        found = await everything(storage)
        assert sum(event.kind == "test.step" for event in found["events"]) == written["events"]
        assert written["blobs"] <= set(found["blobs"])
        documents = {document.key: document.body["n"] for document in await storage.documents("test.a")}
        assert documents == written["documents"]
        assert (await storage.verify()).is_sound
