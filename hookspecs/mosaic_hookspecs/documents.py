"""Documents of the storage port that many change at once, and collections of them that are read through.

Nothing is locked: the store's own versions tell who was faster, in this process or in another. Over the storage
port alone: no I/O of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from mosaic_hookspecs.errors import Refused

if TYPE_CHECKING:
    from mosaic_hookspecs.context import Context
    from mosaic_hookspecs.storage import Document, Storage

_PAGE = 200
Result = TypeVar("Result")


@contextmanager
def storage_within(context: Context, seconds: float, hint: str = "") -> Iterator[Storage]:
    """Give the store that is in the storage port now, and bound what is awaited inside.

    Args:
        context: the plugin's.
        seconds: how long all of it may take.
        hint: what to do when it took longer, as in `Port.within`.

    Raises:
        Unavailable: nothing fills the port, or the time is over (code ``storage-slow``): what was asked for may
            be done or not.
    """
    port = context.port("storage")
    with port.within(seconds, hint):
        yield port.get()


async def change_document(
    storage: Storage, collection: str, key: str, change: Callable[[Any], tuple[Any, Result]]
) -> Result:
    """Change a document so that no change that another task or process makes this way is lost.

    Calls ``change(body)`` with what is stored (None: nothing) until the new body that it returns could be
    written. So it may be called several times, and only its last answer counts; it changes nothing in place.
    Where it returns the very body that it was given, nothing is written. What it raises is raised here, and
    nothing is written either. Being cancelled leaves open whether the change was written, and never half of it.

    Of those who change a document at once, one gets on at each round; a hundred at once cost some thousand
    rounds together. Where more than that is to be expected, have those of one process wait for each other.

    A document that is deleted counts its versions from 1 again: who reads it before, and writes after it was
    made anew, replaces the new one.

    Args:
        storage: the store.
        collection: as in `Storage.put_document`.
        key: as in `Storage.put_document`.
        change: tells the new body, and what is to be returned.

    Returns:
        What `change` returned second, with the body that was written or left.

    Raises:
        InputError: the new body is no JSON data, as `Storage.put_document` tells.
    """
    while True:
        document = await storage.get_document(collection, key)
        body, version = (document.body, document.version) if document is not None else (None, 0)
        new, result = change(body)
        if new is body:
            return result
        try:
            await storage.put_document(collection, key, new, expected=version)
        except Refused as error:
            if error.code != "version-conflict":
                raise
        else:
            return result


async def documents_of(storage: Storage, collection: str, prefix: str = "") -> Sequence[Document]:
    """Return a collection's documents, in order of key: all, or those whose keys begin with `prefix` and are
    longer. One whose key is empty is never among them.

    Read by pages: what others write meanwhile may be there or not. All of them are in memory at once; a
    collection that may be large is read with `Storage.documents`.
    """
    found: list[Document] = []
    after = prefix
    while page := await storage.documents(collection, after=after, limit=_PAGE):
        found += [one for one in page if one.key.startswith(prefix)]
        after = page[-1].key
        if not after.startswith(prefix):
            break
    return found
