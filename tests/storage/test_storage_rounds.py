"""How a copy catches up with those who write: its pages, its rounds, and when it has writers held."""

import itertools

import attrs
import pytest
import trio
from store_opening import open_memory, open_sqlite

from mosaic_hookspecs import IntegrityError, RecordEvent, Refused, copy_rounds, copy_storage, digest
from mosaic_testing.graphs import independent, start_run
from mosaic_testing.opening import do
from mosaic_testing.storage_meddling import Answering, Meddled
from mosaic_testing.storage_work import everything, some_work


class Rounds:
    """Counts the rounds of a copy, by a clock after which each takes as many seconds as is said."""

    def __init__(self, *seconds):
        self.count = 0
        self.has_held = False
        self._times = itertools.accumulate(itertools.chain.from_iterable((0, one) for one in seconds))

    def clock(self):
        return next(self._times)

    async def look(self, name):
        if name == "collections" and not self.has_held:
            self.count += 1

    async def hold(self):
        self.has_held = True

    async def copy(self, old, new):
        await copy_storage(Meddled(old, self.look), new, self.hold, clock=self.clock)
        assert await everything(new) == await everything(old)


@pytest.mark.parametrize(
    ("seconds", "wanted"),
    [
        ((9, 0.05), 2),
        ((9, 4, 2, 1, 0.09), 5),
        ((9, 4, 3.5), 3),
        ((9, 8), 2),
        ((0.01, 0.01), 2),
        (tuple(2.0**-number * 1000 for number in range(20)), 12),
    ],
    ids=["one-is-short", "they-get-short", "no-shorter", "never-shorter", "there-is-little", "there-are-many"],
)
async def test_rounds_end_when_one_is_short_or_they_do_not_get_shorter(tmp_path, seconds, wanted):
    async with open_memory(tmp_path) as old, open_memory(tmp_path) as new:
        await some_work(old)
        rounds = Rounds(*seconds)
        await rounds.copy(old, new)
        assert rounds.count == wanted


async def test_rounds_are_bounded(tmp_path, monkeypatch):
    monkeypatch.setattr(copy_rounds, "_MOST_ROUNDS", 3)
    async with open_memory(tmp_path) as old, open_memory(tmp_path) as new:
        rounds = Rounds(9, 4, 2, 1, 0.5)
        await rounds.copy(old, new)
        assert rounds.count == 3


async def test_a_page_is_one_transaction_and_one_question(tmp_path):
    calls = []

    async def count(name):
        calls.append(name)

    async with open_memory(tmp_path) as old, open_sqlite(tmp_path) as new:
        for number in range(900):
            await old.put_blob(str(number).encode())
            await old.put_document("test.many", f"{number:04}", {"n": number})
            await do(old, start_run(f"r{number:03}", independent(1)))
        await copy_storage(Meddled(old, count), Meddled(new, count), Rounds().hold, clock=lambda: 0.0)
        assert await everything(new) == await everything(old)
    assert calls.count("ingest") < 20
    assert len(calls) < 200, "900 runs, documents and blobs"
    assert {"get_blob", "put_blob", "task", "run", "count", "counts", "stored"}.isdisjoint(calls)


async def test_pages_of_what_is_large_are_short(tmp_path):
    sizes = []

    async with open_memory(tmp_path) as old, open_memory(tmp_path) as new:
        for number in range(60):
            body = {"text": str(number % 10) * 40_000}
            await old.put_blob(str(number).encode() * 40_000)
            await old.put_document("test.large", f"{number:04}", body)
            await do(old, RecordEvent(kind="test.large", body=body))
        ingest = new.ingest

        async def measuring(**brought):
            events, documents = brought.get("events", ()), brought.get("documents", ())
            texts = [event.body for event in events] + [document.body["text"] for document in documents]
            sizes.append(sum(map(len, [*texts, *brought.get("blobs", ())])))
            return await ingest(**brought)

        new.ingest = measuring
        await copy_storage(old, new, Rounds().hold, clock=lambda: 0.0)
        assert await everything(new) == await everything(old)
    assert max(sizes) < 2.5e6, "the first page of documents is a guess; 60 of each are 2.4 MB or more"
    assert sorted(sizes)[-2] < 1.2e6


async def test_a_copy_that_was_broken_off_before_any_event_goes_on_if_nothing_changed(tmp_path):
    async with open_memory(tmp_path) as old, open_sqlite(tmp_path) as new:
        for number in range(5):
            await old.put_document("test.a", str(number), {"n": number})
        await _break_off(old, new, at="blobs")
        assert len(await new.documents("test.a")) == 5
        await old.put_document("test.a", "more", {})
        await copy_storage(old, new, Rounds().hold)
        assert await everything(new) == await everything(old)


@pytest.mark.parametrize("change", ["changed", "deleted"])
async def test_a_copy_that_was_broken_off_before_any_event_is_not_told_from_another_store(tmp_path, change):
    async with open_memory(tmp_path) as old, open_sqlite(tmp_path) as new:
        await old.put_document("test.a", "k", {"n": 1})
        await _break_off(old, new, at="blobs")
        if change == "changed":
            await old.put_document("test.a", "k", {"n": 2})
        else:
            await old.delete_document("test.a", "k")
        before = await everything(new)
        with pytest.raises(Refused) as caught:
            await copy_storage(old, new, Rounds().hold)
        assert caught.value.code == "other-documents"
        assert caught.value.got == "document test.a/k"
        assert await everything(new) == before
        # By its first event a store is told from others; but that copy has none yet.
        await do(old, RecordEvent(kind="test.first"))
        with pytest.raises(Refused):
            await copy_storage(old, new, Rounds().hold)


async def test_a_copy_that_was_broken_off_behind_an_event_goes_on_whatever_changed(tmp_path):
    async with open_memory(tmp_path) as old, open_sqlite(tmp_path) as new:
        await do(old, RecordEvent(kind="test.first"))
        for key in ("changed", "deleted", "left"):
            await old.put_document("test.a", key, {"n": 1})
        await _break_off(old, new, at="blobs")
        await old.put_document("test.a", "changed", {"n": 2})
        await old.delete_document("test.a", "deleted")
        await copy_storage(old, new, Rounds().hold)
        assert await everything(new) == await everything(old)


async def test_a_mark_that_a_broken_off_copy_left_is_no_document_of_another_store(tmp_path):
    async with open_memory(tmp_path) as old, open_sqlite(tmp_path) as new:
        await old.put_document("test.a", "k", {"n": 1})
        await _break_off(old, new, at="delete_document")
        assert await new.collections() == ["mosaic.transfer"]
        await copy_storage(old, new, Rounds().hold)
        assert await everything(new) == await everything(old)


@pytest.mark.parametrize("open_new", [open_memory, open_sqlite])
async def test_a_blob_that_the_new_store_does_not_keep_is_found(tmp_path, open_new):
    async with open_memory(tmp_path) as old, open_new(tmp_path) as new:
        await old.put_blob(b"lost")
        ingest = new.ingest

        async def losing(**brought):
            return await ingest(**{**brought, "blobs": ()})

        new.ingest = losing
        with pytest.raises(IntegrityError) as caught:
            await copy_storage(old, new, Rounds().hold)
        assert caught.value.code == "copies-differ"
        assert digest(b"lost") in str(caught.value)


@pytest.mark.parametrize(("role", "code"), [("old", "damaged-blob"), ("new", "copies-differ")])
async def test_a_store_that_answers_for_no_blob_at_all_ends_the_copy(tmp_path, role, code):
    async def nothing(ask):
        return attrs.evolve(await ask(), blobs=())

    async with open_memory(tmp_path) as old, open_memory(tmp_path) as new:
        await old.put_blob(b"bytes")
        stores = {"old": old, "new": new}
        stores[role] = Answering(stores[role], "look_up", nothing)
        with trio.fail_after(30), pytest.raises(IntegrityError) as caught:
            await copy_storage(stores["old"], stores["new"], Rounds().hold)
        assert caught.value.code == code


class BrokenOff(Exception):
    pass


async def _break_off(old, new, *, at):
    async def meddle(name):
        if name == at:
            raise BrokenOff

    with pytest.raises(BrokenOff):
        await copy_storage(Meddled(old, meddle), Meddled(new, meddle), Rounds().hold)
