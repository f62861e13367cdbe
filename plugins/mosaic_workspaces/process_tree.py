"""Finds and ends all the processes that one process started, also those that hide from its group.

Owns reading ``/proc``. A process belongs to a tree if it is in the root's session, descends from a
process that does, or carries the tree's mark in its environment (which survives setsid and double
forks). What cleans its environment, leaves its session and loses its parent escapes; confinement does
not let it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import attrs
import trio

MARK = "MOSAIC_MARK"
_PROC = Path("/proc")
_SECOND_LOOK_SECONDS = 0.02
_KILL_SECONDS = 10.0
_SLOWEST_POLL = 0.1
_IDS_LAST_SECONDS = 5.0  # no machine uses up 32,768 ids in this time


@attrs.frozen(kw_only=True)
class ProcessEntry:
    """What ``/proc/PID/stat`` says of a process."""

    pid: int
    name: bytes
    parent: int
    session: int
    start_ticks: int
    is_dead: bool


def read_entry(pid: int) -> ProcessEntry | None:
    """Return a process as it is now; None if there is none."""
    try:
        text = (_PROC / str(pid) / "stat").read_bytes()
    except OSError:
        return None
    begin, end = text.find(b"("), text.rfind(b")")
    fields = text[end + 2 :].split()
    return ProcessEntry(
        pid=pid,
        name=text[begin + 1 : end],
        parent=int(fields[1]),
        session=int(fields[3]),
        start_ticks=int(fields[19]),
        is_dead=fields[0] in {b"Z", b"X"},
    )


def read_mark(pid: int) -> str:
    """Return the mark in a process's environment; "" if it has none or may not be read."""
    try:
        environment = (_PROC / str(pid) / "environ").read_bytes()
    except OSError:
        return ""
    for variable in environment.split(b"\0"):
        name, _, value = variable.partition(b"=")
        if name == MARK.encode():
            return os.fsdecode(value)
    return ""


def process_ids() -> Iterator[int]:
    """Yield the ids of all processes there are."""
    for name in os.listdir(_PROC):  # noqa: PTH208 - names are all that is needed, and this is a hot path
        if name.isdigit():
            yield int(name)


def newest_process_id() -> int:
    """Return the id that was given last to a process or thread here; 0 if it is not known."""
    try:
        return int((_PROC / "loadavg").read_bytes().split()[-1])
    except (OSError, ValueError, IndexError):
        return 0


class ProcessTree:
    """All processes that `root` started, itself included while it lives.

    The root must lead a session of its own, and must not be reaped before the tree has ended: that
    keeps its id, and so the group's and the session's, from being given to others.
    """

    def __init__(self, root: int, mark: str) -> None:
        self._root = root
        self._mark = mark
        self._started = trio.current_time()

    def is_alone(self) -> bool:
        """Whether the root certainly started nothing, found without looking at every process."""
        return newest_process_id() == self._root

    def members(self) -> list[ProcessEntry]:
        """Return the processes of the tree that are alive."""
        entries = self._candidates()
        found = {
            pid
            for pid, entry in entries.items()
            if self._root in {entry.session, pid} or read_mark(pid) == self._mark
        }
        grew = True
        while grew:
            more = {pid for pid, entry in entries.items() if pid not in found and entry.parent in found}
            found |= more
            grew = bool(more)
        return [entries[pid] for pid in sorted(found) if not entries[pid].is_dead]

    def _candidates(self) -> dict[int, ProcessEntry]:
        # Children have larger ids than the root, until ids begin anew: then look at all.
        newest = newest_process_id()
        is_young = trio.current_time() - self._started < _IDS_LAST_SECONDS
        lowest = self._root if newest >= self._root and is_young else 0
        found: dict[int, ProcessEntry] = {}
        for pid in process_ids():
            if pid >= lowest and (entry := read_entry(pid)) is not None:
                found[pid] = entry
        return found

    async def end(self, grace_seconds: float) -> None:
        """Ask all of it to end, kill what has not after `grace_seconds`, and return when nothing of it
        lives (or, what the machine itself does not let go, after some seconds). Not interrupted by
        cancellation.
        """
        with trio.CancelScope(shield=True):
            for entry in self.members():
                # A sandbox would take what is in it along, without grace.
                if entry.name != b"bwrap":
                    _send(entry.pid, signal.SIGTERM)
                    _send(entry.pid, signal.SIGCONT)
            if not await self._wait_for_end(grace_seconds, None):
                # A process in the middle of its exec shows no mark for a moment: look twice.
                while await self._wait_for_end(_KILL_SECONDS, signal.SIGKILL):
                    await trio.sleep(_SECOND_LOOK_SECONDS)
                    if not self.members():
                        break

    async def _wait_for_end(self, seconds: float, number: signal.Signals | None) -> bool:
        deadline = trio.current_time() + seconds
        delay = 0.002
        while members := self.members():
            if number is not None:
                with suppress(ProcessLookupError, PermissionError):
                    # All of the group at one stroke, so that nothing forks between two kills.
                    os.killpg(self._root, number)
                for entry in members:
                    _send(entry.pid, number)
            if trio.current_time() >= deadline:
                return False
            await trio.sleep(min(delay, max(0.0, deadline - trio.current_time())))
            delay = min(delay * 1.5, _SLOWEST_POLL)
        return True


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def own_start_ticks() -> int:
    """Return when this process started, in the machine's ticks."""
    entry = read_entry(os.getpid())
    return entry.start_ticks if entry is not None else 0
