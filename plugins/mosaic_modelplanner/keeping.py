"""What planning keeps in the store: answers that held, and plans that clients have not finished. Bounded by
age and by number; the oldest go first.
"""

from __future__ import annotations

from typing import Any

from mosaic_hookspecs import Clock, JsonObject, ModelReply, Storage

_CACHE = "modelplanner.cache"
_DAY = 86_400_000
_PAGE = 50


class AnswerCache:
    """Answers of models by what was asked. `keep` is called for those alone that could be used."""

    def __init__(self, storage: Storage, clock: Clock, days: float, most: int) -> None:
        self._storage = storage
        self._clock = clock
        self._days = days
        self._most = most
        self._used: list[str] = []
        self._is_trimmed = False

    async def find(self, key: str) -> ModelReply | None:
        """Return an answer that was kept and is not too old, or None."""
        document = await self._storage.get_document(_CACHE, key)
        body: Any = document.body if document else {}
        if self._clock.now() - body.get("at", 0) > self._days * _DAY:
            return None
        self._used.append(key)
        return ModelReply(text=body["text"], stopped="end", model=body["model"])

    async def keep(self, key: str, reply: ModelReply) -> None:
        """Keep an answer."""
        self._used.append(key)
        if not self._is_trimmed:
            self._is_trimmed = True
            await trim(self._storage, _CACHE, self._clock.now() - round(self._days * _DAY), self._most)
        body: JsonObject = {
            "text": storable(reply.text),
            "model": storable(reply.model),
            "at": self._clock.now(),
        }
        await self._storage.put_document(_CACHE, key, body)

    async def forget(self) -> None:
        """Forget all that was found or kept since this was made: nothing good has come of it."""
        used, self._used = self._used, []
        for key in used:
            await self._storage.delete_document(_CACHE, key)


async def trim(storage: Storage, collection: str, before: int, most: int) -> None:
    """Delete what was written before a time, and the oldest above so many; each body says in `at` when."""
    found: list[tuple[int, str]] = []
    after = ""
    while page := await storage.documents(collection, after=after, limit=_PAGE):
        after = page[-1].key
        bodies: list[Any] = [one.body for one in page]
        found += [(body.get("at", 0), one.key) for one, body in zip(page, bodies, strict=True)]
    found.sort(reverse=True)
    for place, (at, key) in enumerate(found):
        if at < before or place >= most:
            await storage.delete_document(collection, key)


def storable(text: str) -> str:
    """Return `text` without what cannot be written as UTF-8."""
    return text.encode("utf-8", "replace").decode()


def kept(reply: ModelReply) -> JsonObject:
    """Return an answer as JSON data."""
    return {"text": storable(reply.text), "stopped": reply.stopped, "model": storable(reply.model)}
