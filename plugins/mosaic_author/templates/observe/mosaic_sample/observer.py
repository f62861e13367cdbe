"""The observer: a tally, and the file that it is kept in."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import trio
from mosaic_hookspecs import Event

from .tally import Tally


class CountingObserver:
    """`mosaic_hookspecs.Observer` that counts. The file is whole at any moment: it is replaced."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = trio.Lock()
        self.tally = Tally()

    async def load(self) -> None:
        """Go on from the file, if there is one that can be read."""
        self.tally = await trio.to_thread.run_sync(_read, self._path)

    async def observe(self, events: Sequence[Event]) -> None:
        """Count events. Cancelled, it has counted them all or will be told of them again."""
        await trio.lowlevel.checkpoint()
        async with self._lock:
            if self.tally.add(events):
                text = json.dumps(self.tally.to_data(), indent=2) + "\n"
                await trio.to_thread.run_sync(_write, self._path, text)


def _read(path: Path) -> Tally:
    try:
        return Tally.from_data(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, AttributeError):
        return Tally()  # counting anew is no loss: the file follows from the log


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.new")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
