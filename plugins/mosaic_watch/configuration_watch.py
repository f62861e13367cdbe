"""Has the configuration read anew when one of its files was written, made or taken away."""

from __future__ import annotations

import os
from pathlib import Path

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import MosaicError

from .entry_changes import EntryChanges
from .reports import tell, tell_error, tell_taken_over
from .settings import Config

_FILE = "mosaic.yaml"
_LIVE_FILE = "live.yaml"
_AT_MOST = 10.0


class ConfigurationWatch:
    """Watches the project's file, the user's, and what was changed while the system ran."""

    def __init__(self, context: Context, config: Config) -> None:
        self._context = context
        self._config = config
        self._files = frozenset(
            {
                context.project_directory / _FILE,
                context.state_directory / _LIVE_FILE,
                _user_directory() / _FILE,
            }
        )

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Watch until cancelled."""
        known = self._contents()
        while True:
            # Directories come and go; the nearest one that is there tells when the next is made.
            changes = EntryChanges({_nearest(file.parent) for file in self._files})
            try:
                task_status.started()
                task_status = trio.TASK_STATUS_IGNORED
                if self._contents() == known:
                    while not await self._changed(changes):
                        pass
                else:  # it was written while the last change was taken over, before this watch began
                    await changes.quiet(self._config.quiet_ms / 1000, at_most=_AT_MOST)
            finally:
                changes.close()
            now = self._contents()
            if now != known:
                known = now
                await self._reload()

    async def _changed(self, changes: EntryChanges) -> bool:
        """Return whether what has changed, when it is quiet again, may concern one of the files."""
        ours = {path for file in self._files for path in (file, *file.parents)}
        if not await changes.next() & ours:
            return False
        await changes.quiet(self._config.quiet_ms / 1000, at_most=_AT_MOST)
        return True

    def _contents(self) -> dict[Path, bytes | None]:
        return {file: _read(file) for file in self._files}

    async def _reload(self) -> None:
        try:
            report = await self._context.dispatch("config.reload", {})
        except MosaicError as error:
            tell_error(self._context, "configuration", error)
        else:
            tell(self._context, report)
            tell_taken_over(self._context, "configuration")


def _user_directory() -> Path:
    home = os.environ.get("XDG_CONFIG_HOME")
    return (Path(home) if home else Path.home() / ".config") / "mosaic"


def _nearest(directory: Path) -> Path:
    return next(one for one in (directory, *directory.parents) if one.is_dir() or one == one.parent)


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError:
        return None
