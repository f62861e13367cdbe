"""How kits open what they test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import attrs

from mosaic_hookspecs import Command, Lease, MosaicError, Outcome, Storage

if TYPE_CHECKING:
    from mosaic_kernel import Kernel

    from .log_capture import LogCapture
    from .providing import GivenPlugin

__all__ = ["OpenKernel", "OpenProvider", "Opened", "do", "leases", "refusal"]


class OpenProvider(Protocol):
    """The fixture `mosaic_provider`."""

    def __call__(self, directory: Path | None = None) -> AbstractAsyncContextManager[Any]:
        """Start the plugin on this directory (a fresh one by default); yield its provider."""


@attrs.frozen(kw_only=True)
class Opened:
    """A kernel that was started for a test: `plugin` is the one that is tested, `provider` what it put into
    the port that the kit is for (None for a kit that is for no port), `log` what was logged.
    """

    kernel: Kernel
    plugin: str
    provider: Any
    log: LogCapture

    @property
    def storage(self) -> Storage:
        """The store."""
        storage: Storage = self.kernel.port("storage").get()
        return storage


class OpenKernel(Protocol):
    """The fixture `mosaic_opened`."""

    def __call__(
        self,
        directory: Path | None = None,
        *,
        plugins: Sequence[GivenPlugin] = (),
        settings: Mapping[str, Any] | None = None,
    ) -> AbstractAsyncContextManager[Opened]:
        """Start a kernel with the plugin that is tested, what it needs, and further `plugins`, on this
        directory (a fresh one by default); yield what a test needs of it.
        """


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
