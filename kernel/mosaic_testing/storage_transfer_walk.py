"""Random walks in the midst of copies: whatever is written, and wherever a copy is broken off, what is copied
in the end is what the rules over plain dictionaries say.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from itertools import accumulate, chain, repeat
from typing import Any, TypeAlias

from hypothesis import strategies as st

from mosaic_hookspecs import Command, MosaicError, RecordEvent, canonical_json, copy_storage, digest

from .reference import Reference
from .storage_meddling import Meddled
from .storage_work import everything
from .walks import Draw, draw_command, draw_document

Open: TypeAlias = Callable[[], AbstractAsyncContextManager[Any]]
_KINDS = ("command",) * 6 + ("document", "document", "delete", "blob")
_gaps = st.lists(st.integers(0, 12), max_size=25)
_breaks = st.lists(st.integers(1, 60), max_size=2)
_rounds = st.lists(st.sampled_from([0.0, 0.2, 0.4, 0.6, 1.0, 2.0]), max_size=8)


class _BrokenOff(Exception):
    """A copy was broken off on purpose."""


class World:
    """What was done to a store, and to the model of it. Copies go on through `meddled`."""

    def __init__(self, draw: Draw) -> None:
        self.storage: Any = None
        self.draw = draw
        self._reference = Reference()
        self._documents: dict[tuple[str, str], tuple[int, str]] = {}
        self._blobs: set[str] = set()

    def expected(self) -> dict[str, Any]:
        """Return what a store must hold, as `everything` tells it."""
        return {
            "events": self._reference.events,
            "projections": self._reference.view.snapshot(),
            "documents": self._documents,
            "blobs": sorted(self._blobs),
        }

    async def step(self) -> None:
        """Write something, in the store and in the model."""
        kind = self.draw(st.sampled_from(_KINDS))
        if kind == "command":
            await self._carry_out(draw_command(self.draw, self._reference.view))
        elif kind == "blob":
            data = self.draw(st.binary(max_size=2))
            self._blobs.add(digest(data))
            await self.storage.put_blob(data)
        else:
            collection, key, body = draw_document(self.draw)
            if kind == "delete":
                was_there = self._documents.pop((collection, key), None) is not None
                assert await self.storage.delete_document(collection, key) == was_there
            else:
                version = self._documents.get((collection, key), (0, ""))[0] + 1
                self._documents[collection, key] = (version, canonical_json(body))
                assert (await self.storage.put_document(collection, key, body)).version == version

    async def begin(self) -> None:
        """Write a first event: by its log a store is told from others."""
        await self._carry_out(RecordEvent(kind="walk.began"))

    async def _carry_out(self, command: Command) -> None:
        events = self._reference.events
        head = len(events)
        [outcome] = await self.storage.apply([command], by="walk")
        found = await self.storage.events(after=head)
        now = found[0].at if found else (events[-1].at if head else 0)
        wanted = self._reference.do(command, now=now, by="walk")
        assert isinstance(outcome, MosaicError) == isinstance(wanted, MosaicError), command
        assert list(found) == self._reference.events[head:], command

    async def copy_into(self, new: Any) -> None:
        """Copy the store into another, with steps in the midst of it; break off, and begin again."""
        for after in self.draw(_breaks):
            try:
                await self._copy_once(new, after)
            except _BrokenOff:
                continue
        await self._copy_once(new, None)
        assert await everything(new) == self.expected()

    async def _copy_once(self, new: Any, break_after: int | None) -> None:
        gaps = list(self.draw(_gaps))
        calls, is_held = 0, False

        async def meddle(name: str) -> None:
            nonlocal calls
            calls += 1
            if break_after is not None and calls > break_after:
                raise _BrokenOff
            if gaps and not is_held:
                gaps[0] -= 1
                if gaps[0] < 0:
                    gaps.pop(0)
                    await self.step()

        async def hold() -> None:
            nonlocal is_held
            for _ in range(self.draw(st.integers(0, 3))):
                await self.step()  # what is in flight when writers are held ends before this returns
            is_held = True

        times = accumulate(chain(self.draw(_rounds), repeat(0.0)))
        await copy_storage(Meddled(self.storage, meddle), Meddled(new, meddle), hold, clock=times.__next__)


async def walk(draw: Draw, *stores: Open) -> None:
    """Work on the first store, copy it into the second, work on that, and so on."""
    world = World(draw)
    first, *others = stores
    async with first() as world.storage:
        await world.begin()
        await _walk_on(world, others)


async def _walk_on(world: World, others: list[Open]) -> None:
    for _ in range(world.draw(st.integers(0, 12))):
        await world.step()
    if others:
        async with others[0]() as new:
            await world.copy_into(new)
            world.storage = new
            await _walk_on(world, others[1:])
    else:
        assert await everything(world.storage) == world.expected()
