"""Copying a provider's store into another, and another into it, while it is used."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import pytest
import trio
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from mosaic_hookspecs import Found, IntegrityError, RecordEvent, Refused, TaskState, copy_storage

from .graphs import claim, independent, start_run
from .opening import OpenProvider, do, leases
from .storage_meddling import Answering, Meddled
from .storage_reference import ReferenceStorage
from .storage_taking_over import Since11
from .storage_transfer_walk import walk
from .storage_work import everything, some_work

_WALKS = 15


async def _hold() -> None:
    """Hold nobody: there is nobody."""


async def _is_refused(old: Any, new: Any, code: str) -> None:
    before = await everything(old), await everything(new)

    async def hold() -> None:
        pytest.fail("writers must not be held for a copy that is refused")

    with pytest.raises(Refused) as caught:
        await copy_storage(old, new, hold)
    assert caught.value.code == code
    assert (await everything(old), await everything(new)) == before


class TestTransfer(Since11):
    """A copy holds everything, whatever is written meanwhile."""

    async def test_out_of_it_and_back(self, mosaic_provider: OpenProvider) -> None:
        other = ReferenceStorage()
        async with mosaic_provider() as old, mosaic_provider() as new:
            await some_work(old)
            await copy_storage(old, other, _hold)
            assert await everything(other) == await everything(old)
            await copy_storage(other, new, _hold)
            assert await everything(new) == await everything(old)
            assert (await new.verify()).is_sound
            assert len(await leases(new, claim(5))) == len(await leases(old, claim(5))) == 1

    async def test_copy_from_before_is_continued(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as old, mosaic_provider() as new:
            await some_work(old)
            await copy_storage(old, new, _hold)
            await copy_storage(old, new, _hold)
            await do(old, start_run("more", independent(2)))
            await old.delete_document("kit.a", "k")
            await old.put_document("kit.b", "later", {"n": 1})
            await old.put_blob(b"later")
            await copy_storage(old, new, _hold)
            assert await everything(new) == await everything(old)
            assert (await new.verify()).is_sound

    async def test_nothing_of_the_last_moment_is_lost(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as old, mosaic_provider() as new:
            await some_work(old)
            for number in range(20):
                await old.put_document("kit.many", f"{number:02}", {"n": number})
                await old.put_blob(bytes([number]))

            async def hold() -> None:
                [lease] = await leases(old, claim())
                assert lease.task_id
                await do(old, start_run("late", independent(3)), RecordEvent(kind="kit.late"))
                await old.delete_document("kit.many", "03")
                await old.put_document("kit.many", "04", {"n": "changed"})
                await old.delete_document("kit.many", "05")
                await old.put_document("kit.many", "05", {"n": "made anew, so its version is 1 again"})
                await old.put_document("kit.early", "new", {})
                await old.delete_document("kit.a", "k")
                for number in range(100, 120):  # some of these stand before others in the list
                    await old.put_blob(bytes([number]))

            await copy_storage(old, new, hold)
            assert await everything(new) == await everything(old)
            assert await new.counts("late") == {TaskState.READY: 3}
            assert (await new.verify()).is_sound

    async def test_writers_go_on_but_for_the_last_moment(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as old, mosaic_provider() as new:
            await do(old, start_run("r", independent(40)))
            gate, written = trio.Lock(), 0

            async def write() -> None:
                nonlocal written
                for number in itertools.count():
                    async with gate:
                        await leases(old, claim(1))
                        await old.put_document("kit.a", str(number % 7), {"n": number})
                        await old.put_blob(str(number).encode())
                        written += 1

            async def hold() -> None:
                await gate.acquire()

            async with trio.open_nursery() as nursery:
                nursery.start_soon(write)
                while not written:
                    await trio.lowlevel.checkpoint()
                before = written
                await copy_storage(old, new, hold)
                assert written > before, "nobody could write while most was copied"
                assert await everything(new) == await everything(old)
                nursery.cancel_scope.cancel()

    async def test_may_be_the_same_store(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            await some_work(storage)
            count = 0

            async def write(name: str) -> None:
                nonlocal count
                count += 1
                await storage.put_document("kit.a", "k", {"n": count})

            await copy_storage(Meddled(storage, write), storage, _hold)
            document = await storage.get_document("kit.a", "k")
            assert document is not None
            assert count
            assert document.body == {"n": count}
            assert await storage.collections() == ["kit.a"]

    async def test_other_stores_are_refused(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as old, mosaic_provider() as new:
            await some_work(old)
            await do(new, RecordEvent(kind="kit.own"))
            await _is_refused(old, new, "other-log")
            await _is_refused(new, old, "other-log")
        async with mosaic_provider() as old, mosaic_provider() as new:
            await some_work(old)
            await new.put_document("kit.a", "k", {"n": 2})
            await _is_refused(old, new, "other-documents")

    async def test_stores_that_others_use_are_refused(self, mosaic_provider: OpenProvider) -> None:
        async def two(_ask: Callable[..., Any]) -> int:
            return 2

        async with mosaic_provider() as old, mosaic_provider() as new:
            await some_work(old)
            await _is_refused(Answering(old, "others", two), new, "store-in-use")
            await _is_refused(old, Answering(new, "others", two), "store-in-use")

            class Old:
                def __getattr__(self, name: str) -> Any:
                    if name == "ingest":
                        raise AttributeError(name)
                    return getattr(new, name)

            await _is_refused(old, Old(), "no-transfer")

    @pytest.mark.parametrize("part", [field.name for field in attrs.fields(Found)])
    async def test_a_copy_that_differs_is_found(self, mosaic_provider: OpenProvider, part: str) -> None:
        async def nothing(ask: Callable[[], Any]) -> Any:
            found = await ask()
            answers = [one + 1 if isinstance(one, int) else None for one in getattr(found, part)]
            return attrs.evolve(found, **{part: answers})

        async with mosaic_provider() as old, mosaic_provider() as new:
            await some_work(old)

            async def hold() -> None:
                await do(old, start_run("late", independent(1)))
                await leases(old, claim(2))
                await old.put_document("kit.a", "late", {})
                await old.put_blob(b"late")

            with pytest.raises(IntegrityError) as caught:
                await copy_storage(old, Answering(new, "look_up", nothing), hold)
            assert caught.value.code == "copies-differ"

    def test_walk_with_copies(self, mosaic_provider: OpenProvider, tmp_path: Path) -> None:
        """Whatever is written while copies go on, to the reference and back, or are broken off. A walk that
        fails is not made shorter: that takes minutes, and the tests above say what is wrong.
        """
        number = itertools.count()

        def provider() -> AbstractAsyncContextManager[Any]:
            directory = tmp_path / str(next(number))
            directory.mkdir()
            return mosaic_provider(directory)

        @asynccontextmanager
        async def reference() -> Any:
            yield ReferenceStorage()

        @settings(
            max_examples=_WALKS, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
        )
        @given(st.data())
        def walks(data: st.DataObject) -> None:
            trio.run(walk, data.draw, provider, reference, provider)

        walks()
