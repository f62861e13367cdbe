"""Copies one store into another while it is used, and checks the copy; for a swap of storage.

Owns what is refused before anything is copied, and the order of the rest, which `copy_rounds` does. Over the
storage port alone: no I/O of its own. Imports next to nothing, since every start imports it.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from mosaic_hookspecs.errors import Refused

_SINCE_1_1 = ("blobs", "collections", "ingest", "look_up", "others")
MARK = ("mosaic.transfer", "mark")
"""The document by which a store that was opened twice is told from two: there for a moment."""


async def copy_storage(
    old: Any, new: Any, hold: Callable[[], Awaitable[None]], *, clock: Callable[[], float] = time.perf_counter
) -> None:
    """Make the store `new` hold all that `old` holds: events, projections, documents and blobs.

    `new` is empty, or holds an earlier copy of the same log, which is continued: documents that it has beyond
    `old` then are gone by now, and are removed. It may also be the very same store, opened twice. Remembers a
    little of every document while it copies. If it fails, or is cancelled, `old` is as it was, and `new`
    holds a part, which a later copy continues (where there is no event at all yet, only while the documents
    in it are as they were).

    Args:
        old: the store that is used.
        new: the store that takes its place; nobody else uses it yet.
        hold: awaited once. When it returns, no write is in flight on `old`, and writers wait until this
            function has returned and the swap is done.
        clock: tells seconds, by which it is decided when what is left to copy is little enough for that.

    Raises:
        Refused: they cannot be copied while they are used (code ``no-transfer``); another process uses one of
            them (``store-in-use``); the new store holds another log (``other-log``) or documents of its own
            (``other-documents``).
        IntegrityError: the copy is not what the old store holds (code ``copies-differ``), or the old store is
            damaged (``broken-log``, ``damaged-blob``).
    """
    from mosaic_hookspecs.copy_rounds import CopyRounds

    for role, store in (("old", old), ("new", new)):
        _require_contract(role, store)
    rounds = CopyRounds(old, new, clock)
    await rounds.require_alone()
    await rounds.require_same_log()
    if await _are_the_same(old, new):
        await hold()
        return
    await rounds.require_no_other_documents()
    await rounds.copy_most()
    await hold()
    await rounds.copy_the_rest()


def _require_contract(role: str, store: Any) -> None:
    missing = [name for name in _SINCE_1_1 if not callable(getattr(store, name, None))]
    if missing:
        raise Refused(
            "no-transfer",
            f"the {role} storage cannot be copied while it is used",
            expected="storage contract 1.1",
            got=f"no method {', '.join(missing)}",
            hint="Upgrade its plugin.",
        )


async def _are_the_same(old: Any, new: Any) -> bool:
    """Whether both are one store: whether a document that is written here is seen there. Copying a store
    into itself would write back what was changed meanwhile.
    """
    import secrets  # here, since it loads OpenSSL

    body = {"mark": secrets.token_hex(16)}
    await new.put_document(*MARK, body)
    try:
        found = await old.get_document(*MARK)
        return found is not None and found.body == body
    finally:
        await new.delete_document(*MARK)
