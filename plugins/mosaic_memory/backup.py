"""How a memory store is written to a JSON file and read back."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from mosaic_hookspecs.data import digest
from mosaic_hookspecs.errors import InputError, IntegrityError

from .content import Content

_FORMAT = "mosaic-memory-backup-1"


def write_backup(path: str, content: Content) -> None:
    """Write a new file, all of it or nothing.

    Raises:
        InputError: `path` exists (code ``file-exists``). OSError: it cannot be written.
    """
    if Path(path).exists():
        raise InputError("file-exists", "there is a file already", where=path, hint="Name a new file.")
    text = json.dumps(content.to_data())
    envelope = {"format": _FORMAT, "digest": digest(text.encode()), "content": text}
    handle, partial = tempfile.mkstemp(dir=Path(path).parent, prefix=".mosaic-backup-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(envelope, file)
            file.flush()
            os.fsync(file.fileno())
        os.link(partial, path)
    except FileExistsError as error:
        raise InputError("file-exists", "there is a file already", where=path) from error
    finally:
        Path(partial).unlink()


def read_backup(path: str) -> Content:
    """Read what `write_backup` wrote.

    Raises:
        InputError: there is no such file, or it is no backup (code ``no-backup``).
        IntegrityError: it is damaged.
    """
    try:
        envelope = json.loads(Path(path).read_text(encoding="utf-8"))
        is_backup = envelope["format"] == _FORMAT
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise _no_backup(path) from error
    if not is_backup:
        raise _no_backup(path)
    try:
        text = envelope["content"]
        if digest(text.encode()) != envelope["digest"]:
            raise ValueError("its digest does not fit")  # noqa: TRY301 - told with the other damages
        return Content.from_data(json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise IntegrityError("damaged-backup", "the backup is damaged", where=path, got=str(error)) from error


def _no_backup(path: str) -> InputError:
    return InputError(
        "no-backup",
        "this is no backup of the memory storage",
        where=path,
        hint="Name a file that `backup` wrote.",
    )
