"""Reading the files that people name on the command line."""

from __future__ import annotations

import sys
from pathlib import Path

from mosaic_hookspecs.errors import InputError, Location

_LARGEST = 32 * 1024 * 1024


def read_text(path: str, base: Path) -> str:
    """Read a UTF-8 text file; ``-`` is standard input.

    Args:
        path: as the user wrote it, relative to `base`.
        base: the directory that the command works in.

    Raises:
        InputError: it cannot be read, is too large, or is not UTF-8; located.
    """
    try:
        data = sys.stdin.buffer.read(_LARGEST + 1) if path == "-" else _read(base / path)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        hint = "Check the path." if path != "-" else ""
        raise InputError("no-file", f"cannot be read: {reason}", where=Location(path=path), hint=hint) from None
    if len(data) > _LARGEST:
        raise InputError(
            "file-too-large",
            "the file is too large",
            where=Location(path=path),
            expected=f"at most {_LARGEST // 2**20} MiB",
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        raise InputError(
            "bad-encoding",
            "the file is not UTF-8",
            where=Location(path=path, line=line, column=column),
            expected="UTF-8 text",
            got=f"byte 0x{data[error.start]:02x}",
            hint="Save it as UTF-8.",
        ) from None


def _read(path: Path) -> bytes:
    if path.exists() and not path.is_file() and not path.is_dir():
        # Opening a pipe that nobody writes to would wait for ever.
        raise ValueError("it is a pipe or a device; `-` reads standard input")
    with path.open("rb") as file:
        return file.read(_LARGEST + 1)


def write_text(path: str, base: Path, text: str) -> None:
    """Write a text file whole or not at all, replacing what was there."""
    import os
    import tempfile

    target = base / path
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            umask = os.umask(0)
            os.umask(umask)
            Path(name).chmod(0o666 & ~umask)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError("no-file", f"cannot be written: {reason}", where=Location(path=path)) from None
