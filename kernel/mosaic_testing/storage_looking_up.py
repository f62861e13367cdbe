"""Contract 1.1: many records at once, which must be what is found one at a time."""

from __future__ import annotations

from mosaic_hookspecs import BLOBS_AT_ONCE, Found, canonical_json, counters, digest

from .opening import OpenProvider
from .storage_taking_over import Since11
from .storage_work import some_work

_LARGE = BLOBS_AT_ONCE * 2 // 5


class TestLookUp(Since11):
    """One entry for each name, in order."""

    async def test_it_is_what_is_found_one_at_a_time(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            await some_work(storage)
            await storage.put_document("kit.b", "", {"text": "ü"})
            runs = ["s", "no-such-run", "r"]
            tasks = [("s", "t1"), ("r", "t2"), ("r", "no-such-task"), ("r", "t0")]
            keys = [counters.held("tasks"), "no-such-counter", counters.POSITIONS]
            documents = [("kit.b", ""), ("kit.a", "no-such-key"), ("kit.a", "k")]
            blobs = [digest(b"bytes"), digest(b"none")]
            found = await storage.look_up(
                runs=runs, tasks=tasks, counters=keys, documents=documents, blobs=blobs[::-1]
            )
            assert list(found.runs) == [await storage.run(run_id) for run_id in runs]
            assert list(found.counts) == [await storage.counts(run_id) for run_id in runs]
            assert list(found.tasks) == [await storage.task(*names) for names in tasks]
            assert list(found.stored) == [await storage.stored(*names) for names in tasks]
            assert list(found.counters) == [await storage.count(key) for key in keys]
            assert list(found.documents) == [await storage.get_document(*names) for names in documents]
            assert [found.runs[1], found.tasks[2], found.stored[2], found.documents[1]] == [None] * 4
            assert found.counters[2] == 5
            assert canonical_json(found.documents[0].body) == '{"text":"ü"}'
            assert list(found.blobs) == [None, b"bytes"][: len(found.blobs)]
            assert found.blobs

    async def test_nothing_is_asked(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            await some_work(storage)
            found = await storage.look_up()
            parts = (found.runs, found.counts, found.tasks, found.stored, found.counters, found.documents)
            assert [list(part) for part in (*parts, found.blobs)] == [[]] * 7
            assert isinstance(found, Found)

    async def test_blobs_come_a_few_at_once(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            contents = [bytes([number]) * _LARGE for number in range(7)] + [bytes(BLOBS_AT_ONCE * 2)]
            await storage.ingest(blobs=contents)
            names = [digest(data) for data in contents]
            answers = []
            while names:
                found = (await storage.look_up(blobs=names)).blobs
                assert 1 <= len(found) <= 3, "three of these, or a large one, are enough for one answer"
                answers += found
                names = names[len(found) :]
            assert answers == contents
