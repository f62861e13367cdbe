"""Files inside one directory, and nothing outside of it.

Owns the way from a path that a model wrote to an open file: step by step from the directory's own
descriptor, so that no link, no ``..`` and no race leads out. Refuses links, git's and Mosaic's own files,
and what is no regular file. Everything here blocks: it is called in a thread.
"""

from __future__ import annotations

import os
import secrets
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .faults import ToolFault

_PRIVATE = frozenset({".git", ".mosaic"})
_LONGEST_PATH = 1024
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# Without O_NONBLOCK, opening a pipe that nobody writes to would never return.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class Inside:
    """The files of one workspace.

    Args:
        root: its directory, which nobody but Mosaic has named.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def steps(self, path: str) -> tuple[str, ...]:
        """Return the steps of a path, from the workspace on; none for the workspace itself.

        Raises:
            ToolFault: it leads out, or to what is not for tools.
        """
        if len(path) > _LONGEST_PATH or "\0" in path or not _is_storable(path):
            raise ToolFault("that is no path: give a short relative path such as src/main.py")
        own = f"{self._root}/"
        inner = path.removeprefix(own) if path.startswith(own) else "." if path == str(self._root) else path
        if inner.startswith(("/", "~")):
            raise ToolFault(
                f"{path} is outside of the workspace; give a path relative to it, such as src/main.py"
            )
        steps = tuple(step for step in inner.split("/") if step not in {"", "."})
        if ".." in steps:
            raise ToolFault(f"{path} has .. in it; give the path from the workspace on")
        if any(is_private(step) for step in steps):
            raise ToolFault(f"{path} is git's or Mosaic's own, and not for tools; leave it as it is")
        return steps

    @contextmanager
    def folder(self, steps: tuple[str, ...], *, makes: bool = False) -> Iterator[int]:
        """Open a directory; with `makes`, make what is missing."""
        descriptor = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for place, step in enumerate(steps):
                shown = "/".join(steps[: place + 1])
                if makes:
                    with suppress(FileExistsError):
                        os.mkdir(step, dir_fd=descriptor)
                deeper = _open(step, _FOLDER, descriptor, shown)
                os.close(descriptor)
                descriptor = deeper
            yield descriptor
        finally:
            os.close(descriptor)

    @contextmanager
    def file(self, path: str) -> Iterator[int]:
        """Open a regular file for reading."""
        steps = self.steps(path)
        if not steps:
            raise ToolFault("that is the workspace itself; name a file in it")
        with self.folder(steps[:-1]) as folder:
            descriptor = _open(steps[-1], _FILE, folder, path)
            try:
                kind = os.fstat(descriptor).st_mode
                if stat.S_ISDIR(kind):
                    raise ToolFault(f"{path} is a directory; list_files shows what is in it")
                if not stat.S_ISREG(kind):
                    raise ToolFault(f"{path} is no ordinary file, and cannot be used")
                yield descriptor
            finally:
                os.close(descriptor)

    def read(self, path: str, most: int) -> bytes:
        """Return a file's content.

        Raises:
            ToolFault: there is none, or it has more than `most` bytes.
        """
        with self.file(path) as descriptor:
            size = os.fstat(descriptor).st_size
            if size > most:
                raise ToolFault(f"{path} has {size} bytes; {most} is the most that can be taken whole")
            with os.fdopen(os.dup(descriptor), "rb") as stream:
                return stream.read(most)

    def write(self, path: str, data: bytes) -> bool:
        """Write a file as a whole, and the directories to it; return whether it is new.

        The old content stays until the new one is complete, and other names of the old file are untouched.
        """
        steps = self.steps(path)
        if not steps:
            raise ToolFault("that is the workspace itself; name a file in it")
        with self.folder(steps[:-1], makes=True) as folder:
            mode = _mode_of(steps[-1], folder, path)
            draft = f".mosaic-draft-{secrets.token_hex(8)}"
            descriptor = os.open(draft, _NEW, 0o666, dir_fd=folder)
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(data)
                    if mode is not None:
                        os.fchmod(stream.fileno(), mode)
                os.rename(draft, steps[-1], src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                with suppress(OSError):
                    os.unlink(draft, dir_fd=folder)
                raise
            return mode is None


def is_private(step: str) -> bool:
    """Whether a step is one that git or Mosaic would take for their own, on any kind of file system."""
    plain = "".join(
        sign for sign in unicodedata.normalize("NFKC", step) if unicodedata.category(sign) not in {"Cf", "Cc"}
    )
    plain = plain.casefold().rstrip(" .")
    return plain in _PRIVATE or plain.startswith("git~")


def _open(step: str, flags: int, folder: int, shown: str) -> int:
    try:
        return os.open(step, flags, dir_fd=folder)
    except OSError as error:
        raise ToolFault(_why(step, folder, shown, error)) from None


def _why(step: str, folder: int, shown: str, error: OSError) -> str:
    try:
        kind = os.stat(step, dir_fd=folder, follow_symlinks=False).st_mode
    except OSError:
        return f"there is no {shown}; list_files shows what there is"
    if stat.S_ISLNK(kind):
        return (
            f"{shown} is a link, and links are not followed; name what it leads to, if that is in the workspace"
        )
    if error.errno is not None and not stat.S_ISDIR(kind):
        return f"{shown} is no directory" if stat.S_ISREG(kind) else f"{shown} cannot be used: {error.strerror}"
    return f"{shown} cannot be used: {error.strerror}"


def _mode_of(name: str, folder: int, shown: str) -> int | None:
    try:
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ToolFault(f"{shown} cannot be written: {error.strerror}") from None
    if stat.S_ISDIR(found.st_mode):
        raise ToolFault(f"{shown} is a directory; name a file in it")
    if stat.S_ISLNK(found.st_mode):
        raise ToolFault(f"{shown} is a link, and links are not followed; name what it leads to")
    if not stat.S_ISREG(found.st_mode):
        raise ToolFault(f"{shown} is no ordinary file, and cannot be used")
    return stat.S_IMODE(found.st_mode) & 0o777


def _is_storable(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
