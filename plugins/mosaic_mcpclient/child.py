"""The process of one server: started in a group of its own, with few variables, and ended whole.

Owns its end: its input is closed, then it is terminated, then killed, each after a deadline. Keeps the end of
what it wrote to its standard error, for the log.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import trio

from mosaic_hookspecs import Unavailable

_KEPT = 4096
_ALWAYS = ("PATH", "HOME", "LANG", "TMPDIR")


def child_environment(given: Mapping[str, str], inherit: Sequence[str]) -> dict[str, str]:
    """Return the variables that a program gets."""
    kept = {name: os.environ[name] for name in (*_ALWAYS, *inherit) if name in os.environ}
    return {**kept, **given}


class Child:
    """A process with pipes; use `start`."""

    def __init__(self, process: trio.Process, end_seconds: float) -> None:
        assert process.stdin is not None  # noqa: S101 - `start` asks for the three pipes
        assert process.stdout is not None  # noqa: S101
        assert process.stderr is not None  # noqa: S101
        self.stdin, self.stdout, self._stderr = process.stdin, process.stdout, process.stderr
        self._process = process
        self._end_seconds = end_seconds
        self._said = bytearray()

    @classmethod
    async def start(
        cls, command: Sequence[str], environment: Mapping[str, str], directory: Path, end_seconds: float
    ) -> Child:
        """Start the program.

        Raises:
            Unavailable: it is not there, or cannot be started.
        """
        try:
            process = await trio.lowlevel.open_process(
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(environment),
                cwd=str(directory),
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise Unavailable(
                "no-program",
                f"the program {command[0]!r} cannot be started: {reason}",
                hint="Install it, or correct the command in the configuration.",
            ) from None
        return cls(process, end_seconds)

    @property
    def last_words(self) -> str:
        """The end of what it wrote to its standard error."""
        return self._said.decode(errors="replace")

    @property
    def exit_code(self) -> int | None:
        """How it ended; None while it runs."""
        return self._process.returncode

    async def listen(self) -> None:
        """Take what it writes to its standard error, so that it never waits for that."""
        async for piece in self._stderr:
            self._said += piece
            del self._said[:-_KEPT]

    async def wait(self) -> None:
        """Wait until it has ended."""
        await self._process.wait()

    async def end(self) -> None:
        """End it and everything that it started. Call it shielded: every wait in it is bounded."""
        await self.stdin.aclose()
        for number in (signal.SIGTERM, signal.SIGKILL):
            with trio.move_on_after(self._end_seconds):
                await self._process.wait()
            self._signal(number if self._process.returncode is None else signal.SIGKILL)
            if self._process.returncode is not None:
                break
        await self._process.wait()
        await self.stdout.aclose()
        await self._stderr.aclose()

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)
