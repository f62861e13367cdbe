"""Waking other processes that use the same file, without polling.

Each process binds a Unix datagram socket in a directory that belongs to the file, and sends one byte
to every other socket there after it has committed. A byte may be lost where a buffer is full: then a
byte waits there already. Owns the sockets; what they mean is the storage's business.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import socket
import stat
import tempfile
from pathlib import Path

from mosaic_hookspecs.errors import Unavailable

_LONGEST_ADDRESS = 100  # the system takes 108 bytes, with the zero at the end
_LONGEST_NAME = 24
_ATTEMPTS = 1000


def directory_for(path: str) -> Path:
    """Return where the sockets of a file are: beside it, or, where that is too long for an address, in
    the temporary directory under a name that follows from the file's.
    """
    real = Path(os.path.realpath(path))
    beside = real.with_name(f"{real.name}-peers")
    if len(os.fsencode(beside)) + 1 + _LONGEST_NAME <= _LONGEST_ADDRESS:
        return beside
    name = hashlib.sha256(os.fsencode(real)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"mosaic-{os.getuid()}-{name}"


class Peers:
    """This process's socket among those of the others. `notify` may be called from any thread."""

    def __init__(self, path: str) -> None:
        self._directory = directory_for(path)
        self._name = f"{os.getpid()}-{secrets.token_hex(4)}"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        for _ in range(_ATTEMPTS):
            try:
                self._make_directory()
                self.socket.bind(str(self._directory / self._name))
            except FileNotFoundError:
                continue  # the last of the others has just taken the directory away
            return
        self.socket.close()
        raise FileNotFoundError(
            errno.ENOENT, "the directory is taken away again and again", str(self._directory)
        )

    def _make_directory(self) -> None:
        with contextlib.suppress(FileExistsError):
            self._directory.mkdir(mode=0o700)
        found = self._directory.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise Unavailable(
                "foreign-directory",
                "the directory that wakes other processes belongs to somebody else",
                where=str(self._directory),
                hint="Remove it, or put the store elsewhere.",
            )

    def notify(self) -> None:
        """Wake every other process, and remove the sockets of those that are gone."""
        with contextlib.suppress(OSError), os.scandir(self._directory) as entries:
            for entry in entries:
                if entry.name != self._name:
                    self._wake(entry.path)

    def _wake(self, address: str) -> None:
        try:
            self.socket.sendto(b"!", address)
        except (ConnectionRefusedError, FileNotFoundError):
            with contextlib.suppress(OSError):
                Path(address).unlink()
        except OSError:
            return  # its buffer is full: it will wake, and read all there is

    def drain(self) -> None:
        """Take away what came, all of which means the same."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.socket.recv(1)

    def count_others(self) -> int:
        """Return how many other processes have the file open, as far as their sockets show."""
        return sum(path.name != self._name for path in self._directory.iterdir())

    def close(self) -> None:
        """Take the socket away. May be called again."""
        self.socket.close()
        with contextlib.suppress(OSError):
            (self._directory / self._name).unlink()
        with contextlib.suppress(OSError):
            self._directory.rmdir()  # only if it is empty
