"""Starts processes on the event loop and waits for them without threads.

Starting takes about a millisecond, less than a trip through a worker thread; and what is started by
the main thread lives as long as Mosaic does (a sandbox that dies with its parent dies with the thread
that started it).
"""

from __future__ import annotations

import errno
import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

import trio

from mosaic_hookspecs import InputError, Unavailable


def start(  # noqa: PLR0913 - what a process needs
    argv: Sequence[str],
    *,
    directory: Path,
    environment: Mapping[str, str],
    stdin: int | IO[bytes],
    stdout: int,
    stderr: int,
) -> subprocess.Popen[bytes]:
    """Start a process as the leader of a session of its own.

    Raises:
        InputError: it cannot be started (codes ``no-program``, ``bad-program``).
        Unavailable: its directory is not there (code ``no-directory``).
    """
    if not argv or not argv[0]:
        raise InputError("no-program", "there is no program to run", expected="a program and its arguments")
    try:
        return subprocess.Popen(  # noqa: S603 - running what the user asks for is the purpose
            argv,
            cwd=directory,
            env=environment,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,
        )
    except FileNotFoundError as error:
        if not directory.is_dir():
            raise Unavailable("no-directory", "the directory to run in is gone", got=str(directory)) from error
        raise no_program(argv[0], environment) from error
    except (OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno in {
            errno.EAGAIN,
            errno.ENOMEM,
            errno.EMFILE,
            errno.ENFILE,
        }:
            raise Unavailable(
                "no-resources", "the machine cannot start another process", got=str(error)
            ) from error
        raise InputError(
            "bad-program", "this cannot be run", expected="an executable program", got=f"{argv[0]!r}: {error}"
        ) from error


def search_path() -> str:
    """Return the PATH of Mosaic itself, without what would be looked for in a worktree: an agent's own ``git``
    must not be run in place of the machine's.
    """
    places = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(place for place in places if os.path.isabs(place)) or os.defpath  # noqa: PTH117 - text


def no_program(name: str, environment: Mapping[str, str]) -> InputError:
    """Return the error that says that there is no such program."""
    return InputError(
        "no-program",
        f"there is no program {name!r}",
        expected="a program that exists, or one on the PATH",
        got=f"PATH={environment.get('PATH', '')}",
        hint="Install it, or correct its name.",
    )


async def wait_until_ended(process: subprocess.Popen[bytes]) -> None:
    """Return when a process has ended; it is not reaped, so that its id stays its own."""
    descriptor = os.pidfd_open(process.pid)
    try:
        await trio.lowlevel.wait_readable(descriptor)
    finally:
        os.close(descriptor)


def file_with(data: bytes) -> int:
    """Return a descriptor of an anonymous file that holds `data`, at its beginning."""
    descriptor = os.memfd_create("mosaic")
    with open(descriptor, "wb", closefd=False) as file:
        file.write(data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor
