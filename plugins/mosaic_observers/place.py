"""An observer's place in the log, and which process may move it: one document for both.

The place is a document in the collection ``observers.cursor``, whose key is the observer's name. Every write
says which version it follows, so who was overtaken can write nothing, and learns it then.
"""

from __future__ import annotations

from typing import Any

import trio

from mosaic_hookspecs.context import Clock
from mosaic_hookspecs.errors import Refused
from mosaic_hookspecs.storage import Document, Storage

from .configuration import Config

COLLECTION = "observers.cursor"


class Place:
    """Where an observer stands. `sequence` is the last event that it has seen, `failure` why it sees no
    more.

    Between two writes `sequence` runs ahead of the document; what lies between is given again after a
    crash. `owner` names who moves it: others stand by until that one lets go, or its lease runs out.
    """

    def __init__(self, name: str, owner: str, storage: Storage, clock: Clock, config: Config) -> None:
        self.name = name
        self.sequence = 0
        self.failure = ""
        self._owner = owner
        self._storage = storage
        self._clock = clock
        self._config = config
        self._version = -1
        self._saved = (0, "")
        self._saved_at = -float("inf")
        self._until = 0

    @property
    def save_at(self) -> float:
        """When (trio's time) it is to be written; infinite if it need not be."""
        if self._saved == (self.sequence, self.failure):
            return float("inf")
        return self._saved_at + self._config.cursor_seconds

    async def open(self, start: int) -> None:
        """Find the place; a new observer's is `start`, durably."""
        document = await self._read()
        if document is None:
            self.sequence = start
            document = await self._put(0, owner="", until=0) or await self._read()
        if document is not None:
            self._adopt(document)

    async def hold(self) -> float:
        """Make sure that nobody else moves the place for as long as a batch may take.

        Returns:
            0.0, or for how many seconds another owner has it.
        """
        if self._until - self._clock.now() >= self._config.batch_seconds * 1000:
            return 0.0
        while True:
            document = await self._read()
            version = document.version if document else 0
            if document is not None and version != self._version:
                self._adopt(document)
            body: Any = document.body if document else {"until": 0}
            left = (body["until"] - self._clock.now()) / 1000
            if left > 0 and body["owner"] not in ("", self._owner):
                self._until = 0
                return float(left)
            if await self._write(version, is_kept=True):
                return 0.0

    async def save(self) -> None:
        """Write the place, if it is still ours."""
        if self._until:
            await self._write(self._version, is_kept=True)

    async def release(self) -> bool:
        """Write the place, and let others have it; return whether it was ours until now."""
        return self._until > 0 and await self._write(self._version, is_kept=False)

    async def _write(self, version: int, *, is_kept: bool) -> bool:
        until = self._clock.now() + int(self._config.lease_seconds * 1000) if is_kept else 0
        self._saved_at = trio.current_time()
        document = await self._put(version, owner=self._owner if is_kept else "", until=until)
        self._until = until if document else 0
        if document:
            self._adopt(document)
        return document is not None

    async def _read(self) -> Document | None:
        with trio.fail_after(self._config.storage_seconds):
            return await self._storage.get_document(COLLECTION, self.name)

    async def _put(self, version: int, *, owner: str, until: int) -> Document | None:
        """Write what follows on from `version`; None: somebody else has."""
        body: dict[str, Any] = {
            "sequence": self.sequence, "failure": self.failure, "owner": owner, "until": until,
        }  # fmt: skip
        try:
            with trio.fail_after(self._config.storage_seconds):
                return await self._storage.put_document(COLLECTION, self.name, body, expected=version)
        except Refused:
            return None

    def _adopt(self, document: Document) -> None:
        body: Any = document.body
        self._version = document.version
        self.sequence, self.failure = self._saved = body["sequence"], body["failure"]
