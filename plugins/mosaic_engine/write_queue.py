"""The write queue: merges commands of many attempts into one call of the storage.

Owns the order in which a driver's commands reach the store: first come, first applied, one call at a
time. Refuses to let one attempt's refusal touch another: those behind it are applied again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeAlias

import attrs
import trio

from mosaic_hookspecs.commands import Command, Outcome, RecordUsage
from mosaic_hookspecs.errors import MosaicError, Unavailable
from mosaic_hookspecs.storage import Storage

from .journal import Journal

Outcomes: TypeAlias = "Sequence[Outcome | MosaicError]"
Key: TypeAlias = tuple[str, str, int]
"""Run, task and token."""
PRINCIPAL = "engine"


@attrs.frozen(eq=False)
class Batch:
    """Commands that belong together, and who learns what became of them."""

    commands: Sequence[Command]
    settle: Callable[[Outcomes], None]


class WriteQueue:
    """Applies batches to a store. Every write is shielded from cancellation and bounded in time, so
    that its outcome is always known.
    """

    def __init__(self, storage: Storage, seconds: float, poke: Callable[[], None] = lambda: None) -> None:
        self._storage = storage
        self._seconds = seconds
        self._poke = poke
        self._batches: list[Batch] = []
        self._spenders: list[Journal] = []
        self.spent: set[str] = set()
        """The runs for which something was taken that was spent."""

    def put(self, batch: Batch) -> None:
        """Put a batch behind the others."""
        self._batches.append(batch)
        self._poke()

    def spend(self, journal: Journal) -> None:
        """Have what a journal says was spent recorded, before any command that comes later."""
        self._spenders.append(journal)
        self._poke()

    async def submit(self, commands: Sequence[Command]) -> None:
        """Put commands behind the others, and return when they are durable. Cancelled, they are taken
        back if they were not applied yet. Raises the refusal.
        """
        done = trio.Event()
        answers: list[MosaicError | None] = []

        def settle(outcomes: Outcomes) -> None:
            answers.append(refusal(outcomes))
            done.set()

        batch = Batch(commands, settle)
        self.put(batch)
        try:
            await done.wait()
        finally:
            if batch in self._batches:
                self._batches.remove(batch)
        if answers[0] is not None:
            raise answers[0]

    def take(self, on_lost: Callable[[Key], None]) -> list[Batch]:
        """Take everything that waits, for `apply`; `on_lost` learns of spending without a lease."""
        taken: list[Batch] = []
        for journal in self._spenders:
            run_id, task_id, token = journal.key
            for usage in journal.take_usage():
                self.spent.add(run_id)
                command = RecordUsage(run_id=run_id, task_id=task_id, token=token, usage=usage)
                taken.append(Batch((command,), partial(_recorded, on_lost, journal.key)))
        self._spenders.clear()
        taken += self._batches
        self._batches.clear()
        return taken

    def take_spent(self) -> frozenset[str]:
        """Return the runs for which something was spent, and forget them."""
        spent = frozenset(self.spent)
        self.spent.clear()
        return spent

    async def apply(self, batches: Sequence[Batch]) -> None:
        """Apply batches in order, and settle each.

        Raises:
            Unavailable: the storage did not answer in time.
        """
        while batches:
            commands = [command for batch in batches for command in batch.commands]
            outcomes: Outcomes | None = None
            with trio.move_on_after(self._seconds, shield=True):
                outcomes = await self._storage.apply(commands, by=PRINCIPAL)
            if outcomes is None:
                raise Unavailable(
                    "storage-stalled",
                    "the storage did not answer",
                    expected=f"an answer within {self._seconds:g} s",
                    hint="`mosaic doctor` and `mosaic storage check` look at it; then `mosaic run --resume`.",
                )
            batches = _settle(batches, outcomes)


def _settle(batches: Sequence[Batch], outcomes: Outcomes) -> Sequence[Batch]:
    """Tell each batch what became of it; return those that a refusal before them kept from being tried."""
    start = 0
    for index, batch in enumerate(batches):
        end = start + len(batch.commands)
        own = outcomes[start:end]
        batch.settle(own)
        if own and isinstance(own[-1], MosaicError):
            return batches[index + 1 :]
        start = end
    return ()


def _recorded(on_lost: Callable[[Key], None], key: Key, outcomes: Outcomes) -> None:
    error = refusal(outcomes)
    if error is not None and error.code == "stale-token":
        on_lost(key)


def refusal(outcomes: Outcomes) -> MosaicError | None:
    """Return the error by which a batch was refused, if it was."""
    return outcomes[-1] if outcomes and isinstance(outcomes[-1], MosaicError) else None
