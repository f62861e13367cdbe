"""Fills a port: an observer that writes the kind of every event to a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

import trio

from mosaic_hookspecs import Context, Event, Provision, hookimpl


class KindsObserver:
    """Writes a line an event."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    async def observe(self, events: Sequence[Event]) -> None:
        """Write what was committed."""
        self._file.writelines(f"{event.kind}\n" for event in events)
        self._file.flush()


class ProvidingPlugin:
    """Provides the observe port."""

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Open the file, and push its undo at once."""
        file = await trio.to_thread.run_sync(_opened, context.state_directory)
        context.on_cleanup(file.close)
        return [Provision(port="observe", name="kinds", provider=KindsObserver(file))]


def _opened(directory: Path) -> TextIO:
    directory.mkdir(parents=True, exist_ok=True)
    return (directory / "kinds.txt").open("a", encoding="utf-8")
