"""Reloads a plugin when its code has changed: once for many files, and again when they are mended."""

from __future__ import annotations

import stat
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import MosaicError
from mosaic_hookspecs.manifest import MANIFEST_FILE

from .places import Places
from .reports import tell, tell_error
from .settings import Config
from .source_changes import Changed, SourceChanges

_WANTS_CODE = frozenset({"running", "failed", "restarting", "parked", "unavailable"})
_RENAME_SECONDS = 0.1
_LOOK_AGAIN_SECONDS = 1.0


def _written(directories: Iterable[Path], since: int) -> set[Path]:
    """Return the files that were written after `since`, nanoseconds since 1970 UTC."""
    found: set[Path] = set()
    for directory in directories:
        for path in directory.rglob("*"):
            with suppress(OSError):
                status = path.stat()
                if stat.S_ISREG(status.st_mode) and status.st_mtime_ns > since:
                    found.add(path)
    return found


def _was_removed(path: Path, changed: Changed) -> bool:
    return path.suffix == ".py" and (path in changed.removed or not path.exists())


class CodeWatch:
    """Watches the packages of the plugins of one kernel."""

    def __init__(self, context: Context, config: Config) -> None:
        self._context = context
        self._config = config
        self._is_stale = False
        self._since: int | None = None
        self._waiting = trio.CancelScope()

    def refresh(self) -> None:
        """Say that there may be other plugins now. What is written from here on is not missed."""
        if self._since is None:
            self._since = time.time_ns()
        self._is_stale = True
        self._waiting.cancel()

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Watch until cancelled."""
        while True:
            places = await self._places()
            there = {one for one in places.directories() if one.is_dir()}
            changes = SourceChanges(there, debounce_ms=self._config.debounce_ms, step_ms=self._config.step_ms)
            try:
                task_status.started()
                task_status = trio.TASK_STATUS_IGNORED
                if self._since is not None:  # these were watched by nobody since
                    since, self._since = self._since, None
                    await self._reload(places.owners(_written(there, since)))
                await self._watch(places, changes, missing=places.directories() - there)
            finally:
                changes.close()

    async def _watch(self, places: Places, changes: SourceChanges, *, missing: set[Path]) -> None:
        """Reload what changes, until other directories are to be watched."""
        directories = places.directories()
        while not self._is_stale:
            changed = Changed()
            with trio.CancelScope() as self._waiting:
                changed = await changes.next(_LOOK_AGAIN_SECONDS if missing else 0)
            owners = places.owners(changed.paths)
            if any(_was_removed(path, changed) for files in owners.values() for path in files):
                # An editor that saves by renaming puts the file back in a moment, or has done so by now.
                for name, files in places.owners((await changes.next(_RENAME_SECONDS)).paths).items():
                    owners.setdefault(name, set()).update(files)
            await self._reload(owners)
            # A directory that was taken away, even if it is there again, is no longer watched.
            if directories & changed.paths or any(map(Path.is_dir, missing)):
                return

    async def _places(self) -> Places:
        self._is_stale = False
        found = await self._context.dispatch("plugins.list", {})
        return Places(found.plugins, self._config.only)

    async def _reload(self, owners: Mapping[str, Iterable[Path]]) -> None:
        if not owners:
            return
        if any(path.name == MANIFEST_FILE for files in owners.values() for path in files):
            await self._dispatch("plugins.rescan", {}, MANIFEST_FILE)
            self._is_stale = True
        states = {view.name: view.state for view in (await self._context.dispatch("plugins.list", {})).plugins}
        # This plugin comes last: its next generation takes over, and ends this task.
        for name in sorted(owners, key=lambda one: (one == self._context.plugin, one)):
            if states.get(name) in _WANTS_CODE:
                await self._dispatch("plugins.reload", {"name": name, "waits": False}, name)

    async def _dispatch(self, operation: str, data: Mapping[str, Any], about: str) -> None:
        try:
            report = await self._context.dispatch(operation, data)
        except MosaicError as error:
            tell_error(self._context, about, error)
        else:
            tell(self._context, report)
