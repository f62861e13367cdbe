"""Who may come in by HTTP: whoever has the token, or was lent one.

The server in front has looked at names, origins and rates already.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from .lending.loans import PREFIX, Attempt, Loans
from .settings import WELL_KNOWN

_FOLDER, _FILE = "mcp", "token"
_PREFIX = "mosaic-mcp-"  # what is shown of an agent's output has its shape taken out
_LOOPBACK = ("127.0.0.1", "::1")
_LENT = PREFIX.encode()
_INVALID = ', error="invalid_token"'
_UNKNOWN = "Send `Authorization: Bearer TOKEN`; TOKEN is in mcp/token of the state directory."
_RECALLED = (
    "This token was lent for an attempt that has ended. Stop: nothing that you do for it counts any more."
)


@attrs.frozen(kw_only=True)
class Reply:
    """What a request is answered at the door: mostly why it is refused, and what its sender can do."""

    status: int
    text: str
    headers: tuple[tuple[str, str], ...] = ()
    media_type: str = "text/plain; charset=utf-8"


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


class Guard:
    """Decides on a request by its path and its headers. `is_for_agents`: only what was lent comes in."""

    def __init__(self, path: str, token: str, loans: Loans, *, is_for_agents: bool = False) -> None:
        self._path = path
        self._about = WELL_KNOWN + path if token or is_for_agents else ""
        self._places = (path, self._about) if self._about else (path,)
        self._token = token.encode()
        self.loans = loans
        self._is_for_agents = is_for_agents

    def decide(self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes]) -> Reply | Attempt | None:
        """Return what a request is answered at once, or for whose attempt it comes in; None: it is the
        person's.
        """
        path = scope["path"]
        if path not in self._places:
            return Reply(status=404, text=f"There is nothing here; MCP is at {self._path}.")
        if not self._about and scope["client"][0] not in _LOOPBACK:
            return Reply(status=403, text="Without a token this is for programs of this machine alone.")
        host = headers.get(b"host", b"").decode("latin-1")
        base = f"{scope['scheme']}://{host}"
        return _metadata(base, self._path) if path == self._about else self._known(base, headers)

    def _known(self, base: str, headers: Mapping[bytes, bytes]) -> Reply | Attempt | None:
        scheme, _, given = headers.get(b"authorization", b"").partition(b" ")
        bearer = given.strip() if scheme.lower() == b"bearer" else b""
        if bearer.startswith(_LENT):
            return self.loans.find(bearer.decode("latin-1")) or self._challenge(base, _RECALLED, _INVALID)
        if self._is_for_agents or (self._token and not hmac.compare_digest(bearer, self._token)):
            return self._challenge(base, _UNKNOWN, _INVALID if bearer else "")
        return None

    def _challenge(self, base: str, text: str, fault: str) -> Reply:
        about = f'Bearer realm="mosaic"{fault}, resource_metadata="{base}{self._about}"'
        return Reply(status=401, text=text, headers=(("www-authenticate", about),))


def _metadata(base: str, path: str) -> Reply:
    # There is no authorization server to name: the token is in a file.
    about = {
        "resource": f"{base}{path}",
        "bearer_methods_supported": ["header"],
        "resource_name": "Mosaic",
    }
    return Reply(status=200, text=json.dumps(about), media_type="application/json")
