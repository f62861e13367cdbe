"""Cleans up after attempts whose Mosaic died: their areas, and their processes that still run.

Refuses to touch what belongs to a live attempt, and what does not say whose it is until it is old.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import trio

from .area import Area, read_areas, remove_area, remove_tree, safe_name
from .process import mark_of
from .process_tree import process_ids, read_entry, read_mark

IsLive = Callable[[str, str, int], bool]
_UNNAMED_SECONDS = 60.0  # an area is named within milliseconds of being made


async def reap_areas(root: Path, state: Path, is_live: IsLive) -> list[Area]:
    """Remove the areas under `root` of attempts that are not live, after ending their processes.
    Returns what was removed.
    """
    found = await trio.to_thread.run_sync(lambda: list(read_areas(root)))
    areas = [area for area in found if isinstance(area, Area)]
    dead = [area for area in areas if not is_live(area.run_id, area.task_id, area.token)]
    live = {_suffix(area) for area in areas} - {_suffix(area) for area in dead}
    unnamed = [path for path in found if isinstance(path, Path)]
    with trio.CancelScope(shield=True):
        await trio.to_thread.run_sync(_clean_up, dead, unnamed, state, live)
    return dead


def _clean_up(dead: list[Area], unnamed: list[Path], state: Path, live: set[str]) -> None:
    kill_leftovers(state, live, {_suffix(area) for area in dead})
    for area in dead:
        remove_area(area)
    for path in unnamed:
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _UNNAMED_SECONDS:
                remove_tree(path)


def kill_leftovers(state: Path, live: set[str], dead: set[str]) -> int:
    """Kill the processes of `dead` attempts, and of attempts that left nothing else behind and whose
    Mosaic is gone; return how many. `live` and `dead` hold the last parts of marks.
    """
    killed = 0
    for pid, instance, suffix in _marked(mark_of(state)):
        if suffix in live or not (suffix in dead or not is_running(instance)):
            continue
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
            killed += 1
    return killed


def is_running(instance: str) -> bool:
    """Whether the Mosaic process that a mark names (``pid.ticks.random``) still runs."""
    pid, _, rest = instance.partition(".")
    ticks = rest.partition(".")[0]
    if not pid.isdigit():
        return False
    entry = read_entry(int(pid))
    return entry is not None and not entry.is_dead and str(entry.start_ticks) == ticks


def _marked(state_mark: str) -> Iterator[tuple[int, str, str]]:
    for pid in process_ids():
        state, _, rest = read_mark(pid).partition(":")
        if state == state_mark:
            instance, _, suffix = rest.partition(":")
            yield pid, instance, suffix


def _suffix(area: Area) -> str:
    return f"{safe_name(area.run_id)}/{safe_name(area.task_id)}/{area.token}"
