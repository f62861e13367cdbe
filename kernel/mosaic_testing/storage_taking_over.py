"""Contract 1.1: lists of what a store holds, and taking over what another store holds."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import pytest
import trio
import trio.testing

from mosaic_hookspecs import (
    GENESIS,
    Document,
    Event,
    InputError,
    MosaicError,
    RecordEvent,
    Refused,
    Storage,
    digest,
    seal,
)

from .contracts import require_contract_of
from .graphs import chain, claim, start_run
from .opening import OpenProvider, do, leases
from .storage_reference import ReferenceStorage
from .storage_work import everything, some_work


class Since11:
    """A part of the kit that is skipped for providers of contract 1.0."""

    @pytest.fixture(autouse=True)
    def _is_promised(self, mosaic_contract: str) -> None:
        if mosaic_contract == "1.0":
            pytest.skip("the manifest says storage contract 1.0; this came with 1.1")


def sealed(previous: str, sequence: int, kind: str = "kit.step", body: str = "{}", run_id: str = "") -> Event:
    """Make an event that follows another, whoever may have decided it."""
    hashed = seal(previous, sequence, 1, kind, run_id, "", "kit", body)
    return Event(sequence, 1, kind, run_id, "", "kit", body, hashed)


async def _worked() -> Sequence[Event]:
    """Return the log of another store."""
    other = ReferenceStorage()
    await some_work(other)
    return other.reference.events


async def _is_refused(storage: Storage, events: Sequence[Event]) -> None:
    before = await everything(storage)
    document = Document(collection="kit.a", key="refused", version=1, body={})
    with pytest.raises(Refused) as caught:
        await storage.ingest(
            events=events, documents=[document], removed=[("kit.a", "k")], blobs=[b"of what is refused"]
        )
    assert caught.value.code == "other-log"
    assert await everything(storage) == before, "what is refused must change nothing"


class TestContract:
    """Its methods are those of the protocol."""

    async def test_it_keeps_the_contract(self, mosaic_provider: OpenProvider, mosaic_contract: str) -> None:
        async with mosaic_provider() as storage:
            require_contract_of(storage, Storage, contract=mosaic_contract)


class TestListings(Since11):
    """What there is, by name and in order."""

    async def test_collections(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            assert list(await storage.collections()) == []
            for collection in ("kit.b", "kit.a", "kit.ü", "kit.Z"):
                for key in ("1", "2"):
                    await storage.put_document(collection, key, {})
            assert list(await storage.collections()) == ["kit.Z", "kit.a", "kit.b", "kit.ü"]
            await storage.delete_document("kit.b", "1")
            assert list(await storage.collections()) == ["kit.Z", "kit.a", "kit.b", "kit.ü"]
            await storage.delete_document("kit.b", "2")
            assert list(await storage.collections()) == ["kit.Z", "kit.a", "kit.ü"]

    async def test_blobs_by_pages(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            assert list(await storage.blobs()) == []
            names = sorted([await storage.put_blob(f"blob {number}".encode()) for number in range(7)])
            assert list(await storage.blobs()) == names
            assert list(await storage.blobs(limit=3)) == names[:3]
            assert list(await storage.blobs(after=names[2], limit=3)) == names[3:6]
            assert list(await storage.blobs(after=names[-1])) == []
            assert digest(b"blob 0") in names

    async def test_tasks_of_every_run_by_pages(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            assert list(await storage.tasks("")) == []
            await some_work(storage)
            found = await storage.tasks("")
            assert [(task.run_id, task.task_id) for task in found] == [
                *(("r", f"t{number}") for number in range(3)),
                *(("s", f"t{number}") for number in range(2)),
            ]
            assert list(found) == [*await storage.tasks("r"), *await storage.tasks("s")]
            assert list(await storage.tasks("", limit=2)) == list(found)[:2]
            assert list(await storage.tasks("", after=found[1].position, limit=2)) == list(found)[2:4]
            state = found[1].state
            wanted = [task for task in found if task.state is state]
            assert list(await storage.tasks("", states=[state])) == wanted

    async def test_no_other_process_has_it_open(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            assert await storage.others() == 0


class TestIngest(Since11):
    """A log is taken over as it is, or not at all."""

    async def test_whole(self, mosaic_provider: OpenProvider) -> None:
        other = ReferenceStorage()
        await some_work(other)
        events = other.reference.events
        async with mosaic_provider() as storage:
            assert await storage.ingest(events=events) == len(events)
            assert list(await storage.events()) == events
            assert await storage.snapshot() == await other.snapshot()
            assert (await storage.verify()).is_sound
            # It is as if the work had been done here.
            assert len(await leases(storage, claim(5))) == 1
            await do(storage, start_run("more", chain(2)))
            found = await storage.verify()
            assert found.is_sound, found

    async def test_by_pages_and_over_again(self, mosaic_provider: OpenProvider) -> None:
        events = await _worked()
        async with mosaic_provider() as storage:
            for start in range(0, len(events), 3):
                page = events[max(0, start - 2) : start + 3]  # with two that are there already
                assert await storage.ingest(events=page) == page[-1].sequence
            before = await everything(storage)
            assert before["events"] == events
            assert await storage.ingest(events=events) == len(events)
            assert await storage.ingest(events=events[2:5]) == len(events)
            assert await storage.ingest() == len(events)
            assert await everything(storage) == before
            assert (await storage.verify()).is_sound

    async def test_wakes_who_waits(self, mosaic_provider: OpenProvider) -> None:
        events = await _worked()
        async with mosaic_provider() as storage:
            seen: list[int] = []

            async def wait() -> None:
                seen.append(await storage.wait(0))

            with trio.fail_after(30):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(wait)
                    await trio.testing.wait_all_tasks_blocked()
                    await storage.ingest(events=events)
            assert seen == [len(events)]

    async def test_what_does_not_follow_is_refused(self, mosaic_provider: OpenProvider) -> None:
        events = await _worked()
        last = events[3]
        async with mosaic_provider() as storage:
            await _is_refused(storage, events[1:])
            await _is_refused(storage, events[::-1])
            await _is_refused(storage, [events[0], events[2]])
            await storage.ingest(events=events[:4])
            await storage.put_document("kit.a", "k", {"n": 1})
            await _is_refused(storage, events[5:])
            await _is_refused(storage, [events[4], events[3]])
            await _is_refused(storage, [*events[4:6], attrs.evolve(events[6], body='{"n":2}')])
            await _is_refused(storage, [attrs.evolve(events[4], hash="0" * 64)])
            await _is_refused(storage, [attrs.evolve(events[3], hash="0" * 64), *events[4:]])
            await _is_refused(storage, [sealed(GENESIS, 5)])
            await _is_refused(storage, [sealed(last.hash, 6)])
            await storage.ingest(events=events[4:])
            assert list(await storage.events()) == list(events)
            await do(storage, RecordEvent(kind="kit.own"))
            await _is_refused(storage, [*events, sealed(events[-1].hash, len(events) + 1)])

    async def test_well_sealed_nonsense_is_refused(self, mosaic_provider: OpenProvider) -> None:
        events = await _worked()
        newest, number = events[-1].hash, len(events) + 1
        async with mosaic_provider() as storage:
            await storage.ingest(events=events)
            good = sealed(newest, number)
            for kind, body in (
                ("task.accepted", '{"evidence":{"commit":""}}'),
                ("run.extended", "{}"),
                ("run.created", "{}"),
                ("kit.step", "{"),
                ("kit.step", "7"),
                ("kit.step", '{"half":"\ud800"}'),
                ("kit.\udc00", "{}"),
            ):
                await _is_refused(storage, [good, sealed(good.hash, number + 1, kind, body, "no-such-run")])
            assert (await storage.verify()).is_sound
            assert await storage.ingest(events=[good]) == number

    async def test_documents_keep_their_versions(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            await storage.put_document("kit.a", "gone", {"n": 1})
            await storage.put_document("kit.a", "k", {"n": 1})
            taken = Document(collection="kit.a", key="k", version=7, body={"n": [2.5, None, "ü"]})
            new = Document(collection="kit.b", key="", version=3, body={})
            removed = [("kit.a", "gone"), ("kit.a", "never")]
            assert await storage.ingest(documents=[taken, new], removed=removed) == 0
            assert await storage.get_document("kit.a", "k") == taken
            assert await storage.get_document("kit.b", "") == new
            assert await storage.get_document("kit.a", "gone") is None
            assert (await storage.put_document("kit.a", "k", {}, expected=7)).version == 8
            await storage.ingest(documents=[taken])
            assert await storage.get_document("kit.a", "k") == taken, "a version may go back"

    async def test_blobs(self, mosaic_provider: OpenProvider) -> None:
        events = await _worked()
        async with mosaic_provider() as storage:
            await storage.put_blob(b"there already")
            contents = [b"", b"there already", "ü".encode() * 1000, b"\x00\xff", b""]
            document = Document(collection="kit.a", key="k", version=1, body={})
            assert await storage.ingest(events=events, documents=[document], blobs=contents) == len(events)
            assert list(await storage.blobs()) == sorted({digest(data) for data in contents})
            for data in contents:
                assert await storage.get_blob(digest(data)) == data
            assert (await storage.verify()).is_sound

    async def test_documents_that_cannot_be_stored_are_refused(self, mosaic_provider: OpenProvider) -> None:
        events = await _worked()
        async with mosaic_provider() as storage:
            await storage.put_document("kit.a", "k", {"n": 1})
            before = await everything(storage)
            good = Document(collection="kit.a", key="good", version=1, body={})
            for bad in (
                attrs.evolve(good, key="bad", body={"n": float("nan")}),
                attrs.evolve(good, key="bad", body={"text": "\ud800"}),
                attrs.evolve(good, key="\udc00"),
                attrs.evolve(good, key="bad", version=0),
                attrs.evolve(good, key="bad", version=2**70),
            ):
                with pytest.raises(InputError):
                    await storage.ingest(
                        events=events, documents=[good, bad], removed=[("kit.a", "k")], blobs=[b"refused"]
                    )
            assert await everything(storage) == before

    async def test_one_refusal_does_not_touch_the_neighbours(self, mosaic_provider: OpenProvider) -> None:
        events = await _worked()
        async with mosaic_provider() as storage:
            await storage.ingest(events=events)
            half_way = sealed(events[-1].hash, len(events) + 1, "task.accepted", "{}", "no-such-run")
            answers: list[object] = []

            async def write(number: int) -> None:
                if number % 3 == 0:
                    try:
                        await storage.ingest(events=[half_way])
                    except MosaicError as error:
                        answers.append(error.code)
                elif number % 3 == 1:
                    await storage.put_document("kit.n", str(number), {})
                else:
                    answers.extend(await storage.apply([RecordEvent(kind="kit.step")], by="kit"))

            async with trio.open_nursery() as nursery:
                for number in range(30):
                    nursery.start_soon(write, number)
            assert answers.count("other-log") == 10
            assert answers.count(None) == 10
            assert len(await storage.documents("kit.n")) == 10
            found = await storage.verify()
            assert found.is_sound, found
            assert found.events == len(events) + 10
