"""The write queue: merges commands of many attempts into one call of the storage.

Owns the order in which a driver's commands reach the store: first come, first applied, one call at a
time. Refuses to let one attempt's refusal touch another: those behind it are applied again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import attrs
import trio

from mosaic_hookspecs.commands import Command, Outcome
from mosaic_hookspecs.errors import MosaicError, Unavailable
from mosaic_hookspecs.storage import Storage

Outcomes: TypeAlias = "Sequence[Outcome | MosaicError]"
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

    def __init__(self, storage: Storage, seconds: float) -> None:
        self._storage = storage
        self._seconds = seconds

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


def refusal(outcomes: Outcomes) -> MosaicError | None:
    """Return the error by which a batch was refused, if it was."""
    return outcomes[-1] if outcomes and isinstance(outcomes[-1], MosaicError) else None
