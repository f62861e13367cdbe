"""What the door knows again after a restart: its port, and the browsers that are signed in.

Owns one file beside the token. It holds digests, which let nobody in; a file that is broken, or that others
could have read or written, says nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

_FOLDER, _FILE = "http", "restart.json"
_PORTS = range(1, 2**16)
_DIGEST = re.compile(r"[0-9a-f]{64}")


@attrs.frozen(kw_only=True)
class Kept:
    """The port of the last time (0: none is known), and until when the sessions are good that began there."""

    port: int = 0
    sessions: Mapping[str, int] = attrs.field(factory=dict)


def read_kept(state_directory: Path) -> Kept:
    """Return what is kept; nothing, if there is no such file, or none that can be trusted."""
    try:
        # What is no plain file of this user's must neither be followed nor waited for.
        opened = os.open(state_directory / _FOLDER / _FILE, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(opened, encoding="utf-8") as file:
            about = os.fstat(opened)
            is_ours = about.st_uid == os.getuid() and not stat.S_IMODE(about.st_mode) & 0o077
            return _kept_in(json.load(file)) if is_ours and stat.S_ISREG(about.st_mode) else Kept()
    except (OSError, ValueError, RecursionError):
        return Kept()


def write_kept(state_directory: Path, kept: Kept) -> None:
    """Keep that for the next start.

    Raises:
        OSError: it cannot be written; what was kept before still is.
    """
    folder = state_directory / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{_FILE}-{os.getpid()}-{secrets.token_hex(4)}"
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(attrs.asdict(kept), file)
        partial.replace(folder / _FILE)
    finally:
        # Whoever asked must hear of the first error, not of one in tidying up.
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)


def _kept_in(data: Any) -> Kept:
    if not isinstance(data, dict):
        return Kept()
    port, sessions = data.get("port"), data.get("sessions")
    if type(port) is not int or port not in _PORTS or not isinstance(sessions, dict):
        return Kept()
    if not all(_DIGEST.fullmatch(name) and type(until) is int for name, until in sessions.items()):
        return Kept()
    return Kept(port=port, sessions=sessions)
