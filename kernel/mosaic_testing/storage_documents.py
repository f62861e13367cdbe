"""Documents with versions, and blobs by digest."""

from __future__ import annotations

import pytest
import trio

from mosaic_hookspecs import InputError, Refused, digest

from .opening import OpenProvider


@pytest.mark.trio
class TestDocuments:
    """A plugin's own state: versions count writes, and a stale writer is refused."""

    async def test_versions(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            assert await storage.get_document("kit.a", "k") is None
            first = await storage.put_document("kit.a", "k", {"n": 1}, expected=0)
            assert (first.version, first.body) == (1, {"n": 1})
            second = await storage.put_document("kit.a", "k", {"n": [1, None, "ü"]})
            assert second.version == 2
            assert await storage.get_document("kit.a", "k") == second
            for expected in (0, 1, 3):
                with pytest.raises(Refused) as caught:
                    await storage.put_document("kit.a", "k", {}, expected=expected)
                assert caught.value.code == "version-conflict"
            assert await storage.get_document("kit.a", "k") == second

    async def test_listing_and_deleting(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            for key in ("b", "a", "c"):
                await storage.put_document("kit.a", key, {"key": key})
            await storage.put_document("kit.b", "a", {})
            assert [document.key for document in await storage.documents("kit.a")] == ["a", "b", "c"]
            assert [document.key for document in await storage.documents("kit.a", after="a", limit=1)] == ["b"]
            assert await storage.delete_document("kit.a", "b")
            assert not await storage.delete_document("kit.a", "b")
            assert [document.key for document in await storage.documents("kit.a")] == ["a", "c"]
            fresh = await storage.put_document("kit.a", "b", {}, expected=0)
            assert fresh.version == 1

    async def test_one_of_many_writers_wins(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            won: list[int] = []

            async def write(number: int) -> None:
                try:
                    await storage.put_document("kit.a", "k", {"n": number}, expected=0)
                except Refused:
                    return
                won.append(number)

            async with trio.open_nursery() as nursery:
                for number in range(10):
                    nursery.start_soon(write, number)
            assert len(won) == 1
            document = await storage.get_document("kit.a", "k")
            assert document is not None
            assert document.body == {"n": won[0]}

    async def test_what_is_not_json_is_refused(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            for what, body in {
                "a number that is none": {"n": float("nan")},
                "half a character": {"text": "\ud800"},
                "a set": {"set": {1}},
            }.items():
                try:
                    await storage.put_document("kit.a", "k", body)
                except InputError:
                    continue
                pytest.fail(f"put_document stored {what}, which is not JSON; it must raise InputError")
            assert await storage.get_document("kit.a", "k") is None


@pytest.mark.trio
class TestBlobs:
    """Bytes are found by their digest."""

    async def test_round_trip(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as storage:
            for data in (b"", b"\x00\xff" * 1000, "ü".encode()):
                name = await storage.put_blob(data)
                assert name == digest(data)
                assert await storage.put_blob(data) == name
                assert await storage.get_blob(name) == data
            assert await storage.get_blob(digest(b"none")) is None
