"""Who may come in by HTTP: from this machine's own programs, with the token."""

from __future__ import annotations

import contextlib
import hmac
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import attrs

_FOLDER, _FILE = "mcp", "token"
_NAMES = ("localhost", "127.0.0.1", "[::1]")


@attrs.frozen(kw_only=True)
class Refusal:
    """Why a request is refused: an HTTP status, and what its sender can do."""

    status: int
    text: str
    headers: tuple[tuple[str, str], ...] = ()


def token_of(state_directory: Path) -> str:
    """Return the bearer token, made at first use in a file for its user alone.

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
    made = secrets.token_urlsafe(32)
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


class Guard:
    """Decides on a request by its path and its headers."""

    def __init__(self, path: str, token: str) -> None:
        self._path = path
        self._token = token.encode()

    def refusal(self, path: str, headers: Mapping[bytes, bytes]) -> Refusal | None:
        """Return why a request is refused; None if it may come in."""
        if path != self._path:
            return Refusal(status=404, text=f"There is nothing here; MCP is at {self._path}.")
        if not _is_ours(headers.get(b"host", b"").decode("latin-1")):
            return Refusal(status=421, text="This answers to the names of this machine's loopback alone.")
        origin = headers.get(b"origin")
        if origin is not None and not _is_our_origin(origin.decode("latin-1")):
            return Refusal(status=403, text="Pages of other sites may not call this.")
        if self._token and not self._is_known(headers.get(b"authorization", b"")):
            return Refusal(
                status=401,
                text="Send `Authorization: Bearer TOKEN`; TOKEN is in mcp/token of the state directory.",
                headers=(("www-authenticate", 'Bearer realm="mosaic"'),),
            )
        return None

    def _is_known(self, given: bytes) -> bool:
        scheme, _, token = given.partition(b" ")
        return scheme.lower() == b"bearer" and hmac.compare_digest(token.strip(), self._token)


def _is_ours(host: str) -> bool:
    name, colon, port = host.rpartition(":")
    if not colon or host.endswith("]"):
        name, port = host, ""
    return name.lower() in _NAMES and (not port or port.isdigit())


def _is_our_origin(origin: str) -> bool:
    scheme, _, host = origin.partition("://")
    return scheme in ("http", "https") and _is_ours(host)
