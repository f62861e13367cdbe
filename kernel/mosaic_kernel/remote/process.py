"""A child process: its start, its log, its end.

Owns the process and its whole group: nothing of it is left when it is `reaped`. Started from the event
loop's own thread, since Linux ends a child with the *thread* that started it, and trio's worker threads end
when they are idle.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import trio

from mosaic_hookspecs.context import Log
from mosaic_hookspecs.errors import Unavailable

_KEPT_LINES = 5
_MOST_LINE = 2000
_PIECE = 65_536


class ChildProcess:
    """One child, from its start on. `source` and `sink` are the ends of its output and input."""

    def __init__(self, argv: Sequence[str], directory: Path | None, log: Log) -> None:
        self._log = log
        self._last: deque[str] = deque(maxlen=_KEPT_LINES)
        self._status: int | None = None
        self._watching = trio.Lock()
        self._has_ended = False
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the plugin's own command
                list(argv),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=directory,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            raise Unavailable(
                "no-program",
                f"the program {argv[0]!r} cannot be started",
                got=error.strerror or str(error),
                hint="Install it, or correct `process.argv` of the manifest.",
            ) from None
        # The pipe and the reader of the log own their ends from here on.
        self.sink = _taken(self._process.stdin)
        self.source = _taken(self._process.stdout)
        self._errors = _taken(self._process.stderr)
        self._watch = os.pidfd_open(self.pid) if hasattr(os, "pidfd_open") else -1

    @property
    def pid(self) -> int:
        """The process's number, and that of its group."""
        return self._process.pid

    @property
    def last_lines(self) -> str:
        """The last that it wrote to standard error."""
        return " | ".join(self._last)

    async def log_errors(self) -> None:
        """Log what it writes to standard error, line by line, until it closes it."""
        async with trio.lowlevel.FdStream(os.dup(self._errors)) as stream:
            rest = b""
            async for data in stream:
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    self._note(line)
                if len(rest) > _MOST_LINE:
                    self._note(rest)
                    rest = b""
            if rest:
                self._note(rest)

    async def ended(self) -> None:
        """Wait until the process has ended; it is not reaped yet, so its number is still its own."""
        async with self._watching:  # one task at a time may wait for a descriptor
            if self._has_ended:
                return
            if self._watch >= 0:
                await trio.lowlevel.wait_readable(self._watch)
            else:
                await trio.to_thread.run_sync(
                    lambda: os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOWAIT), abandon_on_cancel=True
                )
            self._has_ended = True

    def kill(self) -> None:
        """Kill it and its whole group at once."""
        if self._status is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)

    async def reap(self, seconds: float) -> None:
        """Kill what is left of its group, and take its exit status; waits at most so long."""
        if self._status is None:
            self.kill()
            with trio.move_on_after(seconds, shield=True):
                await self.ended()
            self._status = self._process.poll()
            if self._status is None:
                self._log.error("process.cannot_be_killed", pid=self.pid, seconds=seconds)

    def close(self) -> None:
        """Give up what watches it; after `reap`."""
        for descriptor in (self._errors, self._watch):
            if descriptor >= 0:
                os.close(descriptor)
        self._errors = self._watch = -1

    def describe_end(self) -> str:
        """Return how it ended, and what it said last."""
        status = self._status
        if status is None:
            how = "it cannot be killed"
        elif status < 0:
            how = f"signal {_signal_name(-status)}"
        else:
            how = f"exit code {status}"
        return f"{how}; it said: {self.last_lines}" if self._last else how

    @property
    def has_used_up_its_time(self) -> bool:
        """Whether the system ended it for the CPU time that it used."""
        return self._status == -getattr(signal, "SIGXCPU", 0)

    def _note(self, line: bytes) -> None:
        text = line[:_MOST_LINE].decode("utf-8", "replace").rstrip()
        if text:
            self._last.append(text)
            self._log.warning("process.stderr", line=text)


def _taken(file: Any) -> int:
    """Return a descriptor of one's own for a file of `subprocess`, and close that."""
    descriptor = os.dup(file.fileno())
    file.close()
    return descriptor


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def python_argv(target: str, options: str) -> list[str]:
    """Return the command that runs a plugin's entry point in this interpreter."""
    return [sys.executable, "-P", "-m", f"{__package__}.child", target, options]


def limited_argv(argv: Sequence[str], limits: str) -> list[str]:
    """Return the command that sets limits and then becomes another program."""
    return [sys.executable, "-I", "-S", str(Path(__file__).with_name("limits.py")), limits, *argv]
