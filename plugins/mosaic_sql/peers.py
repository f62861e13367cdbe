"""Waking other processes that use the same file, without polling.

Each store that is open binds a Unix datagram socket in a directory that belongs to its file, and sends one
byte to every other socket there after it has committed; a process may have several, as two generations of
the plugin. A byte may be lost where a buffer is full: then a byte waits there already. Owns the sockets;
what they mean is the storage's business.
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
    """The socket of one open store among those of the others. `notify` may be called from any thread."""

    def __init__(self, path: str) -> None:
        self._directory = directory_for(path)
        self._process = _process_name()
        self._name = f"{self._process}-{secrets.token_hex(3)}"
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
        """Wake every other store on the file, and remove the sockets of those that are gone."""
        with contextlib.suppress(OSError), os.scandir(self._directory) as entries:
            for entry in entries:
                if entry.name != self._name:
                    self._wake(entry.path)

    def _wake(self, address: str) -> None:
        try:
            self.socket.sendto(b"!", address)
        except (ConnectionRefusedError, FileNotFoundError):
            _remove(address)
        except OSError:
            return  # its buffer is full: it will wake, and read all there is

    def drain(self) -> None:
        """Take away what came, all of which means the same."""
        with contextlib.suppress(BlockingIOError):
            while True:
                self.socket.recv(1)

    def count_others(self) -> int:
        """Return how many other processes have the file open, as far as their sockets show. Removes the
        sockets of those that are gone.
        """
        processes: set[str] = set()
        with contextlib.suppress(OSError), os.scandir(self._directory) as entries:
            for entry in entries:
                process = entry.name.rpartition("-")[0]
                if process != self._process and process not in processes and _is_open(entry.path):
                    processes.add(process)
        return len(processes)

    def close(self) -> None:
        """Take the socket away. May be called again."""
        self.socket.close()
        with contextlib.suppress(OSError):
            (self._directory / self._name).unlink()
        self.count_others()  # which takes away what killed processes have left
        with contextlib.suppress(OSError):
            self._directory.rmdir()  # only if it is empty


def _process_name() -> str:
    """Name this process among those that can see the directory: two containers may have equal numbers."""
    try:
        namespace = Path("/proc/self/ns/pid").stat().st_ino
    except OSError:
        namespace = 0
    return f"{os.getpid()}-{namespace:x}"


def _is_open(address: str) -> bool:
    """Whether somebody holds the socket; one that nobody holds is taken away."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(address)
        except (ConnectionRefusedError, FileNotFoundError):
            _remove(address)
            return False
        except OSError:
            return True  # held by somebody whom this process may not reach
    return True


def _remove(address: str) -> None:
    with contextlib.suppress(OSError):
        Path(address).unlink()
