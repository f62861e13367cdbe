"""Some work in a store, and everything that a store holds, for tests that compare two."""

from __future__ import annotations

from typing import Any

from mosaic_hookspecs import Accept, Report, canonical_json

from .graphs import chain, claim, independent, start_run
from .opening import do, leases

_PAGE = 100


async def some_work(storage: Any) -> None:
    """Start two runs, finish some of their tasks, and write a document and a blob."""
    await do(storage, start_run("r", chain(3)), start_run("s", independent(2)))
    for lease in await leases(storage, claim(3)):
        named: dict[str, Any] = {"run_id": lease.run_id, "task_id": lease.task_id, "token": lease.token}
        await do(storage, Report(**named, outcome="succeeded", outputs={"n": 1}), Accept(**named))
    await storage.put_document("kit.a", "k", {"n": 1})
    await storage.put_blob(b"bytes")


async def all_documents(storage: Any) -> dict[tuple[str, str], tuple[int, str]]:
    """Return version and text of every document."""
    found = {}
    for collection in await storage.collections():
        after = ""
        nameless = await storage.get_document(collection, "")  # which no list can have
        if nameless is not None:
            found[collection, ""] = (nameless.version, canonical_json(nameless.body))
        while page := await storage.documents(collection, after=after, limit=_PAGE):
            after = page[-1].key
            for document in page:
                found[collection, document.key] = (document.version, canonical_json(document.body))
    return found


async def all_events(storage: Any) -> list[Any]:
    """Return the whole log."""
    found: list[Any] = []
    while page := await storage.events(after=len(found), limit=_PAGE):
        found += page
    return found


async def everything(storage: Any) -> dict[str, Any]:
    """Return all that a store holds, so that two can be compared; of blobs their names."""
    return {
        "events": await all_events(storage),
        "projections": await storage.snapshot(),
        "documents": await all_documents(storage),
        "blobs": list(await storage.blobs(limit=10_000)),
    }
