"""How kits open what they test."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Protocol

from mosaic_hookspecs import Command, Lease, MosaicError, Outcome, Storage


class OpenProvider(Protocol):
    """The fixture `mosaic_provider`."""

    def __call__(self, directory: Path | None = None) -> AbstractAsyncContextManager[Any]:
        """Start the plugin on this directory (a fresh one by default); yield its provider."""


async def do(storage: Storage, *commands: Command, by: str = "kit") -> Outcome:
    """Carry out commands that must not be refused; return the last outcome."""
    outcomes = await storage.apply(commands, by=by)
    for outcome in outcomes:
        if isinstance(outcome, MosaicError):
            raise outcome
    last = outcomes[-1]
    assert not isinstance(last, MosaicError)
    return last


async def refusal(storage: Storage, command: Command) -> str:
    """Carry out a command that must be refused; return the refusal's code."""
    [outcome] = await storage.apply([command], by="kit")
    assert isinstance(outcome, MosaicError), outcome
    return outcome.code


async def leases(storage: Storage, command: Command) -> Sequence[Lease]:
    """Carry out a claim."""
    found = await do(storage, command)
    assert isinstance(found, Sequence)
    return found
