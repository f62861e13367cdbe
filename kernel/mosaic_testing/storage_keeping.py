"""The log, waiting for it, replaying it, and copies of the whole store."""

from __future__ import annotations

from pathlib import Path

import pytest
import trio

from mosaic_hookspecs import (
    InputError,
    IntegrityError,
    MosaicError,
    RecordEvent,
    Report,
    find_break,
)

from .graphs import chain, claim, independent, start_run
from .opening import OpenProvider, do, leases
from .storage_work import some_work

_PATIENCE = 30.0


def _files(directory: Path) -> list[str]:
    return [entry.name for entry in directory.iterdir() if entry.is_file()]


@pytest.mark.trio
class TestLog:
    """One log without gaps, whose replay is what is stored."""

    async def test_is_chained_and_sound(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            empty = await storage.verify()
            assert empty.is_sound
            assert empty.events == 0
            await some_work(storage)
            events = await storage.events()
            assert find_break(events) is None
            assert len(events) == await storage.head()
            found = await storage.verify()
            assert found.is_sound, found
            assert (found.events, found.head) == (len(events), events[-1].hash)

    async def test_pages_and_filters(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            await some_work(storage)
            everything = await storage.events()
            assert [event.sequence for event in everything] == list(range(1, len(everything) + 1))
            assert await storage.events(after=2, limit=3) == everything[2:5]
            of_run = await storage.events(run_id="r", after=1)
            assert of_run == [event for event in everything if event.run_id == "r" and event.sequence > 1]
            of_task = await storage.events(run_id="r", task_id="t0")
            assert of_task == [event for event in everything if (event.run_id, event.task_id) == ("r", "t0")]
            assert [event.kind for event in of_task] == ["task.claimed", "task.reported", "task.accepted"]
            assert {event.by for event in everything} == {"kit"}

    async def test_rebuild_changes_nothing_in_a_sound_store(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            await some_work(storage)
            before = await storage.snapshot()
            assert (await storage.rebuild()).is_sound
            assert await storage.snapshot() == before
            assert await leases(storage, claim(5))

    async def test_body_that_is_not_json_changes_nothing(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            await some_work(storage)
            before = await storage.snapshot()
            for body in ({"n": float("inf")}, {"text": "\udc00"}):
                [found] = await storage.apply([RecordEvent(kind="kit.bad", body=body)], by="kit")
                assert isinstance(found, InputError)
            [lease] = await leases(storage, claim())
            report = Report(
                run_id=lease.run_id,
                task_id=lease.task_id,
                token=lease.token,
                outcome="succeeded",
                outputs={"x": "\ud800"},
            )
            [found] = await storage.apply([report], by="kit")
            assert isinstance(found, MosaicError)
            task = await storage.task(lease.run_id, lease.task_id)
            assert task is not None
            assert task.state.value == "leased"
            assert await storage.snapshot() != before
            assert (await storage.verify()).is_sound

    async def test_waits_for_what_comes(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            seen: list[int] = []

            async def follow() -> None:
                head = 0
                while head < 10:
                    before, head = head, await storage.wait(head)
                    assert head > before, "wait returned before there was a newer event"
                    seen.append(head)

            with trio.fail_after(_PATIENCE):
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(follow)
                    for number in range(10):
                        await do(storage, RecordEvent(kind="kit.step", body={"n": number}))
            assert seen[-1] == 10
            assert seen == sorted(set(seen))

    async def test_cancelled_callers_leave_a_sound_store(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:

            async def write(number: int) -> None:
                with trio.move_on_after(0.001 * (number % 5)):
                    await storage.apply([RecordEvent(kind="kit.step", body={"n": number})], by="kit")

            async with trio.open_nursery() as nursery:
                for number in range(50):
                    nursery.start_soon(write, number)
            await do(storage, RecordEvent(kind="kit.last"))
            found = await storage.verify()
            assert found.is_sound
            assert 1 <= found.events <= 51

    async def test_outlives_its_process(self, mosaic_provider: OpenProvider, tmp_path: Path) -> None:
        async with mosaic_provider(tmp_path) as storage:
            if getattr(storage, "is_volatile", False):
                pytest.skip("the provider says that nothing outlives the process")
            await some_work(storage)
            before = await storage.snapshot()
        async with mosaic_provider(tmp_path) as storage:
            assert await storage.snapshot() == before
            document = await storage.get_document("kit.a", "k")
            assert document is not None
            assert document.body == {"n": 1}
            assert await leases(storage, claim(5))


@pytest.mark.trio
class TestBackups:
    """A copy holds everything, and a bad one is refused without a trace."""

    async def test_there_and_back(self, mosaic_provider: OpenProvider, tmp_path: Path) -> None:
        path = str(tmp_path / "copy")
        async with mosaic_provider() as storage:
            await some_work(storage)
            before = await storage.snapshot()
            made = await storage.backup(path)
            assert made.is_sound
            assert made.events == await storage.head()
            name = await storage.put_blob(b"later")
            await storage.put_document("kit.a", "later", {})
            await do(storage, start_run("later", chain(2)))
            restored = await storage.restore(path)
            assert restored.is_sound
            assert await storage.snapshot() == before
            assert await storage.get_blob(name) is None
            assert await storage.get_document("kit.a", "later") is None
            document = await storage.get_document("kit.a", "k")
            assert document is not None
            await do(storage, start_run("later", chain(2)))
            assert (await storage.verify()).is_sound

    async def test_never_overwrites(self, mosaic_provider: OpenProvider, tmp_path: Path) -> None:
        path = tmp_path / "copy"
        path.write_text("mine")
        async with mosaic_provider() as storage:
            await some_work(storage)
            with pytest.raises(InputError) as caught:
                await storage.backup(str(path))
            assert caught.value.code == "file-exists"
            with pytest.raises(OSError, match=r"."):
                await storage.backup(str(tmp_path / "none" / "copy"))
        assert _files(tmp_path) == ["copy"]
        assert path.read_text() == "mine"

    async def test_refuses_what_is_no_backup(self, mosaic_provider: OpenProvider, tmp_path: Path) -> None:
        good, bad = tmp_path / "good", tmp_path / "bad"
        async with mosaic_provider() as storage:
            await some_work(storage)
            await storage.backup(str(good))
            before = await storage.snapshot()
            data = good.read_bytes()
            for content in (b"", b"not a backup", data[: len(data) // 2]):
                bad.write_bytes(content)
                with pytest.raises((InputError, IntegrityError)):
                    await storage.restore(str(bad))
            with pytest.raises(InputError):
                await storage.restore(str(tmp_path / "none"))
            assert await storage.snapshot() == before
            assert (await storage.verify()).is_sound

    async def test_while_others_write(self, mosaic_provider: OpenProvider, tmp_path: Path) -> None:
        async with mosaic_provider() as storage:
            await do(storage, start_run("r", independent(30)))

            async def write() -> None:
                for number in range(30):
                    await do(storage, RecordEvent(kind="kit.step", body={"n": number}))

            async with trio.open_nursery() as nursery:
                nursery.start_soon(write)
                for number in range(3):
                    assert (await storage.backup(str(tmp_path / f"copy-{number}"))).is_sound
            assert (await storage.verify()).is_sound
