"""Has the plugins looked for anew when packages were installed, upgraded or removed.

An installer writes many files, the record of them last: a distribution that has none yet is still being
written, and is waited for.
"""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Callable, Iterable
from pathlib import Path

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import MosaicError

from .entry_changes import EntryChanges
from .reports import tell, tell_error
from .settings import Config

_DISTRIBUTIONS = (".dist-info", ".egg-info", ".egg-link", ".pth")
_RECORD = "RECORD"
_IN_PASSING = "~"  # how pip names what it is about to remove
_AT_MOST = 60.0


class PackagesWatch:
    """Watches the directories on ``sys.path`` in which distributions are."""

    def __init__(self, context: Context, config: Config, on_change: Callable[[], None]) -> None:
        self._context = context
        self._config = config
        self._on_change = on_change

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Watch until cancelled."""
        changes = EntryChanges(site_directories())
        try:
            task_status.started()
            while True:
                touched = distributions_in(await changes.next())
                if not touched:
                    continue
                touched |= await self._settled(changes)
                if await self._is_complete(changes, touched):
                    await self._rescan()
        finally:
            changes.close()

    async def _settled(self, changes: EntryChanges) -> set[Path]:
        return distributions_in(await changes.quiet(self._config.packages_quiet_ms / 1000, at_most=_AT_MOST))

    async def _is_complete(self, changes: EntryChanges, touched: set[Path]) -> bool:
        """Wait until every distribution that was touched is written to the end, or gone."""
        with trio.move_on_after(self._config.packages_seconds):
            while unfinished := _unfinished(touched):
                for directory in unfinished:
                    changes.add(directory)
                if _unfinished(touched) != unfinished:
                    continue
                touched |= distributions_in(await changes.next()) | await self._settled(changes)
            return True
        self._context.log.warning(
            "watch.installation_unfinished",
            distributions=", ".join(sorted(path.name for path in _unfinished(touched))),
            hint="`mosaic plugins rescan` looks all the same.",
        )
        return False

    async def _rescan(self) -> None:
        try:
            report = await self._context.dispatch("plugins.rescan", {})
        except MosaicError as error:
            tell_error(self._context, "packages", error)
        else:
            tell(self._context, report)
            self._on_change()


def site_directories() -> set[Path]:
    """Return the directories on ``sys.path`` but the standard library's."""
    standard = {Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib")}
    found = {Path(entry).resolve() for entry in sys.path if entry}
    return {
        one
        for one in found
        if one.is_dir() and one not in standard and not (one.name == "lib-dynload" and one.parent in standard)
    }


def distributions_in(paths: Iterable[Path]) -> set[Path]:
    """Return those of `paths` that say which distributions there are."""
    return {
        path for path in paths if path.name.endswith(_DISTRIBUTIONS) and not path.name.startswith(_IN_PASSING)
    }


def _unfinished(touched: Iterable[Path]) -> set[Path]:
    return {
        path
        for path in touched
        if path.name.endswith(".dist-info") and path.is_dir() and not (path / _RECORD).is_file()
    }
