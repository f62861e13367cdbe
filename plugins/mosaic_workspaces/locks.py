"""Waits for git's lock files, and removes those whose owner is dead.

A lock file does not say who made it. It is stale when every git process that works on the repository
started after it was made, and it is still the same file a moment later. A git process of Mosaic's own
that is stuck (stopped, for instance) is killed at the deadline; a user's never is.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import trio

from mosaic_hookspecs import Unavailable

from .process_tree import process_ids, read_entry

OWN_GIT = "MOSAIC_GIT"
_SETTLE_SECONDS = 0.05
_POLL_SECONDS = 0.02
_CLOCK_SECONDS = 0.05  # how far the clocks of files and processes may lie apart


async def await_lock(lock: Path, common: Path, seconds: float) -> None:
    """Return when `lock` is gone: given back, or stale and removed.

    Raises:
        Unavailable: another program holds it beyond `seconds` (code ``repository-locked``).
    """
    deadline = trio.current_time() + seconds
    while (seen := _identity(lock)) is not None:
        ours, others = _possible_owners(common, seen)
        if not ours and not others:
            await trio.sleep(_SETTLE_SECONDS)
            ours, others = _possible_owners(common, seen)
            if not ours and not others and _remove_if(lock, seen):
                return
        elif trio.current_time() < deadline:
            await trio.sleep(_POLL_SECONDS)
        elif ours:
            for pid in ours:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            await trio.sleep(_POLL_SECONDS)
        else:
            raise Unavailable(
                "repository-locked",
                "another git process holds a lock on the repository",
                where=str(lock),
                got=f"process {others[0]}",
                hint="Let it finish or end it, then go on.",
            )


def _remove_if(lock: Path, seen: tuple[int, int]) -> bool:
    if _identity(lock) != seen:
        return False
    with suppress(FileNotFoundError):
        lock.unlink()
    return True


def _identity(lock: Path) -> tuple[int, int] | None:
    try:
        info = lock.lstat()
    except OSError:
        return None
    return info.st_ino, info.st_mtime_ns


def _possible_owners(common: Path, lock: tuple[int, int]) -> tuple[list[int], list[int]]:
    """Return the git processes on a repository that may have made a lock: those that a Mosaic started,
    and the others.
    """
    ours, others = [], []
    own = f"{OWN_GIT}={common}".encode(errors="surrogateescape")
    tops = {common, common.parent}
    boot = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    made = lock[1] / 1e9 - boot + _CLOCK_SECONDS
    for pid in process_ids():
        entry = read_entry(pid)
        if entry is None or entry.is_dead or not entry.name.startswith(b"git"):
            continue
        if entry.start_ticks / os.sysconf("SC_CLK_TCK") > made:
            continue
        with suppress(OSError):
            if own in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"):
                ours.append(pid)
            elif any(Path(f"/proc/{pid}/cwd").readlink().is_relative_to(top) for top in tops):
                others.append(pid)
    return ours, others
