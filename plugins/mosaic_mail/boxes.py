"""The boxes in the store: who has one, what goes in, and what comes out.

A box that nobody reads takes nothing more, and what is in it counts as dead, until its owner reads again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

import attrs

from mosaic_hookspecs.context import Clock
from mosaic_hookspecs.documents import change_document, documents_of
from mosaic_hookspecs.errors import Refused

from .box import Box, Held
from .configuration import Config
from .message import Message
from .store import Store, Turns

COLLECTION = "mail.boxes"
FULL, EXPIRED, DELIVERED = "box-full", "box-expired", ""
_REFRESH_SHARE = 0.01
Result = TypeVar("Result")


class Boxes:
    """Every box. What it answers is stored when it answers."""

    def __init__(self, store: Store, clock: Clock, config: Config) -> None:
        self._store = store
        self._turns = Turns()
        self._clock = clock
        self._config = config

    async def find(self, name: str) -> Box | None:
        """Return a box, or None."""
        with self._store() as storage:
            document = await storage.get_document(COLLECTION, name)
        return Box.from_data(name, document.body) if document else None

    async def among(self, prefix: str) -> Sequence[Box]:
        """Return all boxes whose name begins with `prefix`."""
        with self._store() as storage:
            found = await documents_of(storage, COLLECTION, prefix)
        return [Box.from_data(one.key, one.body) for one in found]

    def is_stale(self, box: Box) -> bool:
        """Whether nobody reads it any more."""
        return box.is_stale(self._clock.now(), self._config.box_seconds)

    async def open(self, name: str) -> None:
        """Make sure that a box is there, and note that its owner reads it, now and then.

        Raises:
            Refused: there are as many boxes as there may be (code ``too-many-boxes``).
        """
        now = self._clock.now()
        box = await self.find(name)
        refresh = self._config.box_seconds * 1000 * _REFRESH_SHARE
        if box is not None and now - box.read_at < refresh:
            return
        if box is None:
            await self._require_room()
        await self._change(name, lambda old: (attrs.evolve(old, read_at=now), None))

    async def _require_room(self) -> None:
        live = sum(not self.is_stale(box) for box in await self.among(""))
        if live >= self._config.boxes:
            raise Refused(
                "too-many-boxes",
                f"there are {live} boxes, and no more may be made",
                expected=f"at most {self._config.boxes} that are read",
                hint="Use a name that has a box, or raise plugins.mail.boxes.",
            )

    async def deliver(self, name: str, message: Message) -> str:
        """Put a message into a box, once; return ``box-full`` or ``box-expired`` if it cannot be, else ""."""

        def put(box: Box) -> tuple[Box, str]:
            if self.is_stale(box):
                return box, EXPIRED
            if box.knows(message.id):
                return box, DELIVERED
            if not box.has_room(message, self._config.box_messages, self._config.box_bytes):
                return box, FULL
            return box.put(message), DELIVERED

        return await self._change(name, put)

    async def take(self, name: str, reader: str, *, limit: int, again: bool, task_id: str) -> Sequence[Held]:
        """Deliver what is open in a box."""
        now, seconds = self._clock.now(), self._config.redeliver_seconds

        def take(box: Box) -> tuple[Box, Sequence[Held]]:
            return box.take(reader, now=now, seconds=seconds, limit=limit, again=again, task_id=task_id)

        return await self._change(name, take)

    async def acknowledge(self, name: str, ids: Collection[str], taker: str = "") -> Sequence[Message]:
        """Take messages out of a box for good; return them."""
        return await self._change(name, lambda box: box.acknowledge(ids, taker))

    async def _change(self, name: str, change: Callable[[Box], tuple[Box, Result]]) -> Result:
        now = self._clock.now()

        def changed(body: Any) -> tuple[Any, Result]:
            box = Box.from_data(name, body) if body is not None else Box(name=name, opened_at=now)
            new, result = change(box)
            return (body if new is box else new.to_data()), result

        with self._store() as storage:
            async with self._turns.at(name):
                return await change_document(storage, COLLECTION, name, changed)
