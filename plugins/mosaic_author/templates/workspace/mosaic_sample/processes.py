"""Runs a process, and ends it with all that it started.

What a process starts inherits its environment, also when it hides in a session of its own. So each run has
a mark in its environment, and whatever carries it belongs to the run.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import trio
from mosaic_hookspecs import Completed, InputError, OnOutput

_MARK = "MOSAIC_SAMPLE_MARK"
_HEAD, _TAIL = 1_000_000, 1_000_000
_PIECE = 65_536
_KILL_SECONDS = 10.0  # what the machine does not let go by then must not hold the attempt


class BoundedOutput:
    """Keeps the beginning and the end of what a process wrote, and counts what is between them."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self._missing = 0

    def add(self, data: bytes) -> None:
        """Take in a piece."""
        room = _HEAD - len(self._head)
        self._head += data[:room]
        self._tail += data[room:] if room < len(data) else b""
        if len(self._tail) > _TAIL:
            self._missing += len(self._tail) - _TAIL
            del self._tail[:-_TAIL]

    def value(self) -> bytes:
        """Return it, with a line in the place of what was left out."""
        gap = f"\n… {self._missing} bytes are missing …\n".encode() if self._missing else b""
        return bytes(self._head) + gap + bytes(self._tail)


async def run_process(
    argv: Sequence[str],
    directory: Path,
    *,
    environment: Mapping[str, str],
    stdin: bytes,
    timeout_seconds: float | None,
    on_output: OnOutput | None,
    grace_seconds: float,
) -> Completed:
    """Run a process and wait until it, and all that it started, has ended; see
    `mosaic_hookspecs.Directory.execute`.
    """
    mark = secrets.token_hex(16)
    variables = {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": str(directory),
        **environment,
        _MARK: mark,
    }
    _require_program(argv, directory, variables["PATH"])
    output, started = BoundedOutput(), trio.current_time()
    timed_out = False
    process: trio.Process | None = None
    try:
        process = await trio.lowlevel.open_process(
            list(argv),
            cwd=directory,
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        with trio.move_on_after(float("inf") if timeout_seconds is None else timeout_seconds) as scope:
            await _talk(process, stdin, output, on_output)
        timed_out = scope.cancelled_caught
    finally:
        if process is not None:
            with trio.CancelScope(shield=True):
                await _end(process, mark, grace_seconds)
    return Completed(
        exit_code=process.returncode if process.returncode is not None else -signal.SIGKILL,
        output=output.value(),
        duration_seconds=trio.current_time() - started,
        timed_out=timed_out,
    )


async def _talk(process: trio.Process, stdin: bytes, output: BoundedOutput, on_output: OnOutput | None) -> None:
    async def feed() -> None:
        if process.stdin is not None:
            with suppress(trio.BrokenResourceError):  # it need not read what it is given
                await process.stdin.send_all(stdin)
            await process.stdin.aclose()

    async def listen() -> None:
        while process.stdout is not None and (data := await process.stdout.receive_some(_PIECE)):
            piece = bytes(data)
            output.add(piece)
            if on_output is not None:
                on_output(piece)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(feed)
        nursery.start_soon(listen)
        await process.wait()


async def _end(process: trio.Process, mark: str, grace_seconds: float) -> None:
    """Ask all of it to end, and kill what has not when the grace is over."""
    deadline = trio.current_time() + grace_seconds
    number = signal.SIGTERM
    while (members := _carrying(mark)) and trio.current_time() < deadline + _KILL_SECONDS:
        if trio.current_time() >= deadline:
            number = signal.SIGKILL
        for pid in members:
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        await trio.sleep(0.01)
    with trio.move_on_after(_KILL_SECONDS):
        await process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            await stream.aclose()


def _carrying(mark: str) -> list[int]:
    """Return the processes with this mark that are alive."""
    wanted = f"{_MARK}={mark}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError):  # it has ended meanwhile, or is another user's
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
    return found


def _require_program(argv: Sequence[str], directory: Path, search: str) -> None:
    name = argv[0] if argv else ""
    is_path = "/" in name
    found = shutil.which(str(directory / name) if is_path else name, path=search) if name else None
    if found is None:
        raise InputError(
            "no-program",
            f"there is no program {name!r}",
            expected="a program that exists, or one on the PATH",
            got=f"PATH={search}",
            hint="Install it, or correct its name.",
        )
