"""What a plugin's code is, as one digest: over every file of its top-level package, and its entry point.

Owns what counts: whatever Python could import or the plugin could read beside itself. Only byte code that
Python checks against a source is passed over. Refuses links that lead out of the package, and what is no
file: nobody could say what they hold tomorrow.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from mosaic_hookspecs.errors import Denied

from .discovery import Listing

ALGORITHM = "sha256"
_BYTE_CODE = ".pyc"
_CACHE = "__pycache__"
_PACKAGE = "__init__.py"
_HEADER = 8  # the magic number, and the flags
_UNCHECKED = 0b01  # PEP 552: by a hash, and the source is not looked at


def digest_of(name: str, target: str, digests: Mapping[str, str]) -> str:
    """Return the digest of a plugin: of its entry point and its files' digests, by their paths."""
    whole = hashlib.sha256(f"mosaic plugin 1\0{name}\0{target}\0".encode("utf-8", "surrogateescape"))
    for path, digest in sorted(digests.items()):
        whole.update(f"{path}\0{digest}\n".encode("utf-8", "surrogateescape"))
    return f"{ALGORITHM}:{whole.hexdigest()}"


def digests_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the digest of each file that is in memory already."""
    return {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}


def digests_in(listing: Listing) -> dict[str, str]:
    """Return the digest of each file of a plugin's top-level package, by its path relative to that.

    Raises:
        Denied: it holds what cannot be pinned, or cannot be read.
    """
    found: dict[str, str] = {}
    for number, root in enumerate(_roots(listing)):
        real = os.path.realpath(root)
        try:
            for path, entry in _walk(real, f"{number}!" if number else ""):
                is_link = entry.is_symlink()
                found[path] = _digest_link(listing, entry, real) if is_link else _digest(listing, entry.path)
        except OSError as error:
            raise _unfit(
                listing, str(error.filename), "what can be read", error.strerror or str(error)
            ) from None
    return found


def _roots(listing: Listing) -> list[Path]:
    if listing.directory is None:
        raise _unfit(listing, listing.target, "a package", "nothing that is installed")
    if (listing.directory / _PACKAGE).exists():
        return [listing.directory]
    # A namespace package is wherever a part of it is.
    spec = importlib.util.find_spec(listing.directory.name)
    parts = list(spec.submodule_search_locations or ()) if spec is not None else []
    return [listing.directory, *(Path(part) for part in parts if Path(part) != listing.directory)]


def _walk(root: str, before: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    waiting = [(root, before, False)]
    while waiting:
        folder, before, is_cache = waiting.pop()
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    waiting.append((entry.path, f"{before}{entry.name}/", entry.name == _CACHE))
                elif not (is_cache and entry.name.endswith(_BYTE_CODE) and _is_checked(entry)):
                    yield before + entry.name, entry


def _is_checked(entry: os.DirEntry[str]) -> bool:
    """Whether Python looks at the source before it runs this byte code."""
    stem, _, tag = entry.name.removesuffix(_BYTE_CODE).rpartition(".")
    if not (stem and tag and entry.is_file(follow_symlinks=False)):
        return False
    with Path(entry.path).open("rb") as stream:
        return stream.read(_HEADER)[4:5] != bytes([_UNCHECKED])


def _digest_link(listing: Listing, entry: os.DirEntry[str], root: str) -> str:
    real = os.path.realpath(entry.path)
    if not f"{real}{os.sep}".startswith(root + os.sep):
        raise _unfit(listing, entry.path, "files inside its package", f"a link that leads out of it, to {real}")
    if entry.is_file():
        return _digest(listing, real)
    # What a directory holds is counted where it stands.
    return hashlib.sha256(f"link\0{real[len(root) :]}".encode("utf-8", "surrogateescape")).hexdigest()


def _digest(listing: Listing, path: str) -> str:
    # Opening a pipe that nobody writes to would wait for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _unfit(listing, path, "files and directories", "a pipe or a device")
        return hashlib.file_digest(stream, ALGORITHM).hexdigest()


def _unfit(listing: Listing, path: str, expected: str, got: str) -> Denied:
    return Denied(
        "not-lockable",
        f"nobody can say what plugin {listing.name!r} is",
        where=path,
        expected=expected,
        got=got,
        hint=f"Reinstall {listing.distribution or listing.name}.",
    )
