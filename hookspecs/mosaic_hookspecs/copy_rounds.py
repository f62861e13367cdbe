"""The rounds in which one store is copied into another, for `mosaic_hookspecs.transfer`.

Owns how much is left for the moment in which writers are held: most is copied and compared while they go on,
in rounds that get shorter, since each has to do with what was written during the one before. The last, for
which writers are held, takes about as long as the one before it, or less, since nobody else works then. So the
rounds end when one was short, or when they do not get shorter any more: then writers are as fast as the copy,
and only holding them ends it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mosaic_hookspecs.comparing import Comparison
from mosaic_hookspecs.copying import DocumentCopier, copy_blobs, copy_events, hash_of, head_of
from mosaic_hookspecs.errors import IntegrityError, Refused
from mosaic_hookspecs.events import Event

_MOST_ROUNDS = 12
_SHORT_SECONDS = 0.1
_SHRINKS = 0.75
_MOST_NAMED = 5


class CopyRounds:
    """One copy on its way from `old` to `new`."""

    def __init__(self, old: Any, new: Any, clock: Callable[[], float]) -> None:
        self._old = old
        self._new = new
        self._clock = clock
        self._documents = DocumentCopier(old, new)
        self._comparison = Comparison(old, new)

    async def require_alone(self) -> None:
        """Refuse stores that another process uses (code ``store-in-use``)."""
        for role, store in (("old", self._old), ("new", self._new)):
            others = await store.others()
            if others:
                raise Refused(
                    "store-in-use",
                    f"the {role} storage is used by another process, which would not learn of the swap",
                    expected="no other process",
                    got=str(others),
                    hint="End the other processes that use it, and try again.",
                )

    async def require_same_log(self) -> None:
        """Refuse a new store whose log is no beginning of the old one's (code ``other-log``)."""
        number, newest = await head_of(self._new)
        if number and await hash_of(self._old, number) != newest:
            raise Refused(
                "other-log",
                "the new store holds another log than the old one",
                expected="an empty store, or an earlier copy of the same log",
                got=f"{number} events",
                hint="Take another store, such as another file.",
            )

    async def require_no_other_documents(self) -> None:
        """Take in what documents the new store holds; refuse those that no copy can have left there (code
        ``other-documents``): a copy brings events before documents.
        """
        await self._documents.read_new()
        if await self._new.head():
            return
        foreign = await self._documents.foreign()
        if foreign:
            raise Refused(
                "other-documents",
                "the new store holds documents that the old one has not",
                got=f"document {foreign}",
                hint="Take an empty store.",
            )

    async def copy_most(self) -> None:
        """Copy and compare in rounds, until what is left takes a moment, or the rounds do not get shorter."""
        await self._copy_events(notes=False)  # the first look is at everything
        last = await self._timed_round(is_first=True)
        for _ in range(_MOST_ROUNDS - 1):
            seconds = await self._timed_round()
            if seconds <= _SHORT_SECONDS or seconds > last * _SHRINKS:
                return
            last = seconds

    async def _timed_round(self, *, is_first: bool = False) -> float:
        begun = self._clock()
        await self._documents.copy()
        await copy_blobs(self._old, self._new)
        await self._copy_events()
        if is_first:
            await self._comparison.touch_every_run()
            _require_equal(await self._documents.look())
        await self._comparison.look()
        return self._clock() - begun

    async def copy_the_rest(self) -> None:
        """Copy and compare what was written since; nobody writes now."""
        await self.require_alone()
        await self._copy_events()
        changed = await self._documents.copy()
        await copy_blobs(self._old, self._new)
        ours, theirs = await head_of(self._old), await head_of(self._new)
        if ours != theirs:
            _require_equal([f"log head: event {ours[0]} there, event {theirs[0]} here"])
        _require_equal([*await self._documents.look_at(changed), *await self._comparison.look()])

    async def _copy_events(self, *, notes: bool = True) -> int:
        try:
            return await copy_events(self._old, self._new, self._comparison.touch if notes else _forget)
        except Refused as error:
            await self.require_same_log()
            raise IntegrityError(
                "broken-log",
                "the old store's log is broken",
                where=error.where,
                got=error.got,
                hint="Look with `mosaic log verify`, and restore a backup.",
            ) from error


def _forget(_events: Sequence[Event]) -> None:
    """Note nothing."""


def _require_equal(differences: Sequence[str]) -> None:
    if not differences:
        return
    named = ", ".join(differences[:_MOST_NAMED])
    more = len(differences) - _MOST_NAMED
    raise IntegrityError(
        "copies-differ",
        "the new store does not hold what the old one holds",
        got=named + (f", and {more} more" if more > 0 else ""),
        hint="Look at the old store with `mosaic storage check`; take an empty store for the next try.",
    )
