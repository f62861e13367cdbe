"""Backups: a whole store in one new file, which says at its end what it must hold. Blocks."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

from mosaic_hookspecs import InputError, IntegrityError

from .content import Content, require_sound_log
from .lines_file import Change

_FIRST = b'{"format":"mosaic-lines-backup","version":1}\n'


def write_backup(path: Path, changes: Iterable[Change]) -> None:
    """Write a new file, all of it or nothing.

    Raises:
        InputError: there is a file already (code ``file-exists``). OSError: it cannot be written.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".backup-")
    try:
        with os.fdopen(handle, "wb") as file:
            found = hashlib.sha256()
            for line in (_FIRST, *(json.dumps(change).encode() + b"\n" for change in changes)):
                found.update(line)
                file.write(line)
            file.write(found.hexdigest().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(name, path)  # unlike a rename, this never overwrites
    except FileExistsError:
        raise InputError(
            "file-exists", "there is a file already", where=str(path), hint="Name a new file."
        ) from None
    finally:
        Path(name).unlink()


def read_backup(path: Path) -> Content:
    """Read what `write_backup` wrote.

    Raises:
        InputError: there is no such file, or it is no backup (code ``no-backup``).
        IntegrityError: it is damaged.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise _no_backup(path, error.strerror or str(error)) from None
    if not data.startswith(_FIRST):
        raise _no_backup(path, repr(data[:40]))
    body, newline, last = data.removesuffix(b"\n").rpartition(b"\n")
    if hashlib.sha256(body + newline).hexdigest().encode() != last:
        raise IntegrityError(
            "damaged-backup", "the backup is damaged or not whole", where=str(path), hint="Use another."
        )
    content = Content()
    content.add(json.loads(line) for line in body.splitlines()[1:])
    require_sound_log(content.events)
    return content


def _no_backup(path: Path, got: str) -> InputError:
    return InputError(
        "no-backup",
        "this is no backup of this storage",
        where=str(path),
        got=got,
        hint="Name a file that `mosaic storage backup` wrote.",
    )
