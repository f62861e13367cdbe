"""What was built for the browser: named by its content, compressed once, and kept in memory."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import attrs

STATIC = Path(__file__).with_name("static")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
}


@attrs.frozen(kw_only=True)
class Asset:
    """A file for the browser. `packed` is it in gzip; empty where that is not shorter."""

    media_type: str
    data: bytes
    packed: bytes = b""


def asset_of(name: str, data: bytes) -> Asset:
    """Return data as an asset."""
    packed = gzip.compress(data, 9, mtime=0)
    suffix = Path(name).suffix
    return Asset(
        media_type=_TYPES.get(suffix, "application/octet-stream"),
        data=data,
        packed=packed if len(packed) < len(data) else b"",
    )


class Assets:
    """All that was built; `static/manifest.json` tells which name has become which. `edition` names it."""

    def __init__(self, directory: Path = STATIC) -> None:
        manifest = (directory / "manifest.json").read_bytes()
        self._built: Mapping[str, str] = json.loads(manifest)
        self.edition = hashlib.sha256(manifest).hexdigest()[:16]
        self._files = {
            path.name: asset_of(path.name, path.read_bytes())
            for path in directory.iterdir()
            if path.suffix in _TYPES and path.name != "manifest.json"
        }

    def find(self, name: str) -> str | None:
        """Return the address of something built; None if it is not there."""
        built = self._built.get(name)
        return f"/assets/{built}" if built else None

    def address(self, name: str) -> str:
        """Return the address of something built.

        Raises:
            KeyError: it was not built.
        """
        return f"/assets/{self._built[name]}"

    def get(self, built: str) -> Asset | None:
        """Return a file by its name in an address."""
        return self._files.get(built)
