"""The bearer token of this machine's user: made at first use, in a file for that user alone."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

_FOLDER, _FILE = "http", "token"
_PREFIX = "mosaic-http-"  # what is shown of an agent's output has its shape taken out


def token_of(state_directory: Path) -> str:
    """Return the token.

    Raises:
        OSError: the file cannot be made or read.
    """
    folder = state_directory / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _FILE
    if path.exists() and path.stat().st_uid == os.getuid():
        path.chmod(0o600)
        known = path.read_text("utf-8").strip()
        if known:
            return known
    made = _PREFIX + secrets.token_urlsafe(32)
    partial = folder / f".{_FILE}-{os.getpid()}-{secrets.token_hex(4)}"
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(made + "\n")
    try:
        # Two processes may be the first at once: one of them is, and both then read the same.
        with contextlib.suppress(FileExistsError):
            os.link(partial, path)
            return made
        if not path.read_text("utf-8").strip():
            partial.replace(path)
            return made
        return path.read_text("utf-8").strip()
    finally:
        partial.unlink(missing_ok=True)
