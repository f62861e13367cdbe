"""What is kept of a run's planning: the plan and the document that it plans, as blobs that its settings name.

Refuses to read a document that is not, to the byte, the one that the plan says it was made of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.data import JsonObject, canonical_json, digest
from mosaic_hookspecs.errors import IntegrityError, Unavailable
from mosaic_hookspecs.plan import Plan

from .formats.limits import MAX_BYTES

if TYPE_CHECKING:
    from mosaic_hookspecs.storage import Storage

PLAN, DOCUMENT = "plan", "document"
"""The settings of a run that hold the digests."""


class Keeping:
    """Plans and documents in the store that is here now."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def keep(self, plan: Plan, document: str) -> JsonObject:
        """Store both; return the settings that name them, none where there is no store."""
        storage = self._storage()
        if storage is None:
            return {}
        kept = {PLAN: await storage.put_blob(canonical_json(plan.to_data()).encode("utf-8", "replace"))}
        if document:
            kept[DOCUMENT] = await storage.put_blob(_bytes(document))
        return kept

    async def plan(self, settings: JsonObject, path: str) -> Plan | None:
        """Return the plan that settings name; None if they name none.

        Raises:
            IntegrityError: it is not there. InputError: it is no plan.
        """
        from .formats.json_document import load_json
        from .formats.plan_decoder import decode_plan

        name = settings.get(PLAN)
        if not isinstance(name, str) or not name:
            return None
        data = await self._blob(name)
        if data is None:
            raise IntegrityError("lost-plan", "the plan of this run is not in the store", where=path, got=name)
        return await trio.to_thread.run_sync(lambda: decode_plan(load_json(_text(data), path)))

    async def document(self, settings: JsonObject) -> str:
        """Return the document that settings name; "" if there is none."""
        name = settings.get(DOCUMENT)
        data = await self._blob(name) if isinstance(name, str) and name else None
        return _text(data) if data is not None else ""

    async def document_of(self, plan: Plan, text: str = "", path: str = "") -> str:
        """Return the document that a plan, read as `text` from `path`, was made of: that text itself, or
        what the store or the project holds of its digest; "" if it is nowhere.
        """
        named = plan.source_digest
        if text and (digest(_bytes(text)) == named or (plan.source == path and not named)):
            return text
        data = (await self._blob(named) or await self._file(plan.source, named)) if named else None
        return _text(data) if data is not None else ""

    async def _blob(self, name: str) -> bytes | None:
        storage = self._storage()
        return await storage.get_blob(name) if storage is not None else None

    async def _file(self, source: str, named: str) -> bytes | None:
        base = self._context.project_directory.resolve()
        path = trio.Path(base / source)
        try:
            found = await path.resolve()
            if not found.is_relative_to(base) or not await found.is_file():
                return None
            if (await found.stat()).st_size > MAX_BYTES:
                return None
            data = await found.read_bytes()
        except (OSError, ValueError):
            return None
        return data if digest(data) == named else None

    def _storage(self) -> Storage | None:
        try:
            storage: Any = self._context.port("storage").get()
        except Unavailable:
            return None
        kept: Storage = storage
        return kept


def _bytes(text: str) -> bytes:
    """As the planner does when it takes a document's digest."""
    return text.encode("utf-8", "surrogatepass")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")
