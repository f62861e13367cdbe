"""The listening socket of one process, which the generations of this plugin hand on to one another."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
from pathlib import Path
from typing import Any

from mosaic_hookspecs.errors import Unavailable
from mosaic_hookspecs.hooks import State

from .directory import ENDING, leave, make_directory, others

_BACKLOG = 128
_ATTEMPTS = 100


class Listening:
    """A socket that listens at `path`. Several generations may hold it; the last takes the path away."""

    def __init__(
        self, listener: socket.socket, path: Path, state_directory: Path, holders: dict[str, int]
    ) -> None:
        self.socket = listener
        self.path = path
        self._state_directory = state_directory
        self._holders = holders
        self._is_closed = False

    @classmethod
    def begin(cls, state_directory: Path) -> Listening:
        """Listen at a path of its own, and clear away what dead processes have left.

        Raises:
            Unavailable: this system has no Unix sockets, or the directory is somebody else's.
            OSError: the directory or the socket cannot be made.
        """
        if not hasattr(socket, "AF_UNIX"):
            raise Unavailable(
                "no-unix-sockets",
                "this system has no Unix sockets, by which the command line could reach a running Mosaic",
                hint="Stop it, change the configuration, and start it again.",
            )
        for _ in range(_ATTEMPTS):
            with contextlib.suppress(
                FileNotFoundError
            ):  # the last of the others has just taken the directory away
                directory = make_directory(state_directory)
                clear_stale(directory)
                return cls(*_bind(directory), state_directory, {"count": 1})
        raise FileNotFoundError(
            f"the directory of the control sockets in {state_directory} is taken away again and again"
        )

    @classmethod
    def taken_over(cls, state: State, state_directory: Path) -> Listening:
        """Hold the socket of the generation before, too."""
        holders: dict[str, int] = state.resources["holders"]
        listener: socket.socket = state.resources["listener"]
        holders["count"] += 1
        return cls(listener, Path(state.data["path"]), state_directory, holders)

    def shared(self) -> State:
        """Return what the next generation needs. Both hold the socket then, and each closes its own."""
        resources: dict[str, Any] = {"listener": self.socket.dup(), "holders": self._holders}
        return State(data={"path": str(self.path)}, resources=resources)

    def close(self) -> None:
        """Let go of the socket. May be called again."""
        if self._is_closed:
            return
        self._is_closed = True
        self.socket.close()
        self._holders["count"] -= 1
        if not self._holders["count"]:
            with contextlib.suppress(OSError):
                self.path.unlink()
            leave(self._state_directory)


def _bind(directory: Path) -> tuple[socket.socket, Path]:
    name = f"{os.getpid()}-{secrets.token_hex(4)}{ENDING}"
    # A socket that is bound and does not listen yet looks like that of a dead process: it gets its name last.
    partial, path = directory / f".{name}", directory / name
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.setblocking(False)
        listener.bind(str(partial))
        partial.chmod(0o600)
        listener.listen(_BACKLOG)
        partial.rename(path)
    except BaseException:
        listener.close()
        with contextlib.suppress(OSError):
            partial.unlink()
        raise
    return listener, path


def clear_stale(directory: Path) -> None:
    """Remove the sockets at which nobody listens."""
    for path in others(directory):
        if path.name.startswith("."):
            is_dead = not _is_alive(path.name[1:].partition("-")[0])
        else:
            is_dead = _is_refused(path)
        if is_dead:
            with contextlib.suppress(OSError):
                path.unlink()


def _is_refused(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            return True
        except OSError:
            return False  # its backlog is full, or it is gone by itself
    return False


def _is_alive(number: str) -> bool:
    if not number.isdigit():
        return False
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
