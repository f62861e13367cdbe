"""Finds the running systems of a project by their control sockets, and asks them.

Uses blocking sockets, and neither a kernel nor trio, since the answer is to come at once. Refuses sockets of
other users.
"""

from __future__ import annotations

import math
import os
import socket
import struct
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mosaic_hookspecs.errors import Unavailable
from mosaic_hookspecs.wire import (
    Failure,
    LineBuffer,
    Notification,
    Request,
    Response,
    decode,
    encode,
    error_from_data,
)

ANSWER_SECONDS = 15.0
_CONNECT_SECONDS = 5.0
_CREDENTIALS = struct.Struct("3i")
_CHUNK = 2**16


class RunningSystem:
    """A process that serves a kernel of this project."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pid = int(path.name.partition("-")[0])

    def ask(
        self,
        operation: str,
        data: Mapping[str, Any] | None = None,
        seconds: float = ANSWER_SECONDS,
        *,
        hint: str,
    ) -> Any:
        """Have it carry out an operation, and return the output as JSON data. `hint` says what to do when it
        does not answer.

        Raises:
            MosaicError: what the operation raised there.
            Unavailable: there is no answer within `seconds`, or the process has ended.
        """
        for message in self._messages("dispatch", operation, data, seconds, hint):
            if isinstance(message, Response):
                return message.result
        raise _ended(self.pid, self.path)

    def follow(self, operation: str, data: Mapping[str, Any] | None = None, *, hint: str) -> Iterator[Any]:
        """Have it follow a stream, and yield each item as JSON data until the stream ends; closing the
        iterator ends it there. Raises as `ask` does.
        """
        for message in self._messages("follow", operation, data, math.inf, hint):
            if isinstance(message, Response):
                return
            if isinstance(message, Notification):
                yield message.params["item"]

    def _messages(
        self, method: str, operation: str, data: Mapping[str, Any] | None, seconds: float, hint: str
    ) -> Iterator[Response | Notification]:
        """Send one request, and yield what comes of it."""
        until = time.monotonic() + seconds
        request = Request(id=1, method=method, params={"operation": operation, "input": dict(data or {})})
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
                connection.settimeout(min(_CONNECT_SECONDS, seconds))
                connection.connect(str(self.path))
                self.require_same_user(connection)
                connection.sendall(encode(request))
                yield from self._received(connection, until)
        except (TimeoutError, BlockingIOError):  # the latter: its backlog is full
            raise Unavailable(
                "no-answer",
                f"process {self.pid} does not answer",
                where=str(self.path),
                expected=f"an answer within {_CONNECT_SECONDS if seconds == math.inf else seconds:g} s",
                hint=f"{hint} Or stop it, and start it again.",
            ) from None
        except (ConnectionError, FileNotFoundError):
            raise _ended(self.pid, self.path) from None

    def _received(self, connection: socket.socket, until: float) -> Iterator[Response | Notification]:
        lines = LineBuffer()
        while True:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            connection.settimeout(None if left == math.inf else left)
            data = connection.recv(_CHUNK)
            if not data:
                raise _ended(self.pid, self.path)
            for line in lines.feed(data):
                message = decode(line)
                if isinstance(message, Failure):
                    raise error_from_data(message.error)
                if isinstance(message, Response | Notification):
                    yield message

    def require_same_user(self, connection: socket.socket) -> None:
        """Raise `Unavailable` where the process at the other end is another user's."""
        option = getattr(socket, "SO_PEERCRED", None)
        if option is None:
            return
        user = _CREDENTIALS.unpack(connection.getsockopt(socket.SOL_SOCKET, option, _CREDENTIALS.size))[1]
        if user != os.getuid():
            raise Unavailable(
                "other-user",
                f"process {self.pid} belongs to another user",
                where=str(self.path),
                got=f"user {user}",
                hint="Ask as that user.",
            )


def running_systems(state_directory: Path) -> list[RunningSystem]:
    """Return the systems that run for the project of this state directory, by process."""
    if not hasattr(socket, "AF_UNIX"):
        return []
    directory = Path(os.path.realpath(state_directory / "control"))
    try:
        names = [entry.name for entry in os.scandir(directory)]
    except OSError:
        return []
    found = [
        RunningSystem(directory / name)
        for name in names
        if name.endswith(".sock") and name.partition("-")[0].isdigit()
    ]
    return sorted((system for system in found if _listens(system.path)), key=lambda system: system.pid)


def _listens(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return False
        except OSError:
            return True  # its backlog is full, or it is not ours: asking it says which
    return True


def _ended(pid: int, path: Path) -> Unavailable:
    return Unavailable(
        "connection-ended",
        f"process {pid} ended the connection before it answered",
        where=str(path),
        hint="`mosaic plugins list` shows whether it still runs, and how it stands.",
    )
