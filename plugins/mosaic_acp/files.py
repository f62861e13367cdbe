"""The agent's file methods: reads and writes texts inside the workspace, and nowhere else.

Refuses what is no ordinary file, no UTF-8 text, or too large. A write replaces the file as a whole, so that a
second name of it elsewhere keeps what it had.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
from contextlib import suppress

from .confining import Fence
from .jsonrpc import INTERNAL_ERROR, INVALID_PARAMS, NOT_FOUND, CallError

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def read_text(fence: Fence, path: str, line: int | None, limit: int | None, longest: int) -> str:
    """Return a file's text, or `limit` lines of it from `line` (from 1) on. Blocks.

    Raises:
        CallError: there is none, or it cannot be read.
        Denied: it is outside of the workspace.
    """
    try:
        with fence.folder(path) as (folder, name), os.fdopen(os.open(name, _READ, dir_fd=folder), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise CallError(INVALID_PARAMS, f"{path} is no ordinary file")
            data = file.read(longest + 1)
    except OSError as error:
        raise _told(error, path) from error
    if len(data) > longest:
        raise CallError(
            INVALID_PARAMS, f"{path} is larger than {longest} bytes; read it in parts with a command"
        )
    try:
        content = data.decode()
    except UnicodeDecodeError:
        raise CallError(INVALID_PARAMS, f"{path} is no UTF-8 text") from None
    if line is None and limit is None:
        return content
    begin = max((line or 1) - 1, 0)
    end = None if limit is None else begin + limit
    return "".join(_LINE.findall(content)[begin:end])


def write_text(fence: Fence, path: str, content: str, longest: int) -> None:
    """Write a file, with the folders that it needs. Blocks.

    Raises:
        CallError: it cannot be written.
        Denied: it is outside of the workspace, or git's own.
    """
    try:
        data = content.encode()
    except UnicodeEncodeError:
        raise CallError(INVALID_PARAMS, "content is no text that UTF-8 can hold") from None
    if len(data) > longest:
        raise CallError(INVALID_PARAMS, f"more than {longest} bytes are not written at once")
    fence.refuse_administration(path)
    temporary = f".mosaic-{secrets.token_hex(8)}"
    try:
        with fence.folder(path, create=True) as (folder, name):
            mode = _mode(name, folder, path)
            try:
                with os.fdopen(os.open(temporary, _WRITE, 0o666, dir_fd=folder), "wb") as file:
                    file.write(data)
                    if mode is not None:
                        os.fchmod(file.fileno(), mode)
                os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
            except BaseException:
                with suppress(OSError):
                    os.unlink(temporary, dir_fd=folder)
                raise
    except OSError as error:
        raise _told(error, path) from error


def _mode(name: str, folder: int, path: str) -> int | None:
    try:
        info = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(info.st_mode):
        raise CallError(INVALID_PARAMS, f"{path} is no ordinary file")
    return stat.S_IMODE(info.st_mode)


def _told(error: OSError, path: str) -> CallError:
    if isinstance(error, FileNotFoundError):
        return CallError(NOT_FOUND, f"there is no file {path}")
    if error.errno in {errno.ELOOP, errno.ENOTDIR, errno.EISDIR, errno.ENXIO}:
        return CallError(INVALID_PARAMS, f"{path} is no ordinary file")
    return CallError(INTERNAL_ERROR, f"{path}: {os.strerror(error.errno or errno.EIO)}")
