"""The lock file: which plugins may run in a project, each pinned to what it was when somebody looked.

Owns ``mosaic.lock`` beside ``mosaic.yaml``: its form, its reading and its writing. It is made to be read in
a review: one plugin after another by name, a line a file. The digest decides; the lines of the files, which
hold the beginnings of theirs, only say what has changed.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from mosaic_hookspecs.errors import InputError, Location, MosaicError

from .decode import decode
from .documents import Document, load_yaml, read_yaml, resolve_scalar
from .failures import InputErrors
from .layers import shorten

LOCK_FILE = "mosaic.lock"
FORMAT = 1
MOST_FILES = 200
SHORT = 12
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}\Z")
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*\Z")
_HEAD = """\
# The plugins that may run here, as they were when they were reviewed.
# `mosaic plugins lock` writes this file, and `mosaic plugins lock --check` compares it; keep it in git.
"""


@attrs.frozen(kw_only=True)
class Pin:
    """What one plugin was: who brings it, what is loaded, and the digest of its package.

    `record` is the digest of what its distribution says that it installed, "" without. `files` maps
    paths in the package to the beginnings of their digests; of a package with very many there is none.
    """

    distribution: str
    version: str
    target: str
    digest: str
    record: str = ""
    files: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Lock:
    """The lock of a project: its pins by plugin. `problem` says why it cannot be relied on; then it has
    none.
    """

    file: Path
    pins: Mapping[str, Pin] = attrs.field(factory=dict)
    problem: InputError | None = None
    document: Document | None = None

    def where(self, name: str = "") -> Location:
        """Say where a plugin's pin stands."""
        if self.document is None:
            return Location(path=shorten(self.file))
        return self.document.where(("plugins", name) if name else (), at_key=True)


@attrs.frozen(kw_only=True)
class _Contents:
    format: int
    plugins: Mapping[str, Pin] = attrs.field(factory=dict)


def read_lock(directory: Path) -> Lock:
    """Read the lock of the project in `directory`. Raises nothing: what is wrong is its `problem`."""
    file = directory / LOCK_FILE
    if not os.path.lexists(file):
        problem = InputError(
            "no-lock",
            "there is no lock of the plugins, which the configuration demands",
            where=shorten(file),
            hint="Review the plugins, then run `mosaic plugins lock`.",
        )
        return Lock(file=file, problem=problem)
    try:
        document = read_yaml(file, shorten(file))
        pins = _decode(document)
    except InputError as error:
        return Lock(file=file, problem=_as_problem(error))
    return Lock(file=file, pins=pins, document=document)


def write_lock(file: Path, pins: Mapping[str, Pin]) -> bool:
    """Write a lock, whole or not at all; return whether it was another before.

    Raises:
        OSError: it cannot be written.
    """
    text = render(pins)
    if _decode(load_yaml(text, str(file))) != dict(pins):
        raise MosaicError("bad-lock", "a name in this lock cannot be written", where=str(file))
    if file.is_file() and not file.is_symlink() and file.read_bytes() == text.encode():
        return False
    partial = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    return True


def render(pins: Mapping[str, Pin]) -> str:
    """Return the text of a lock."""
    lines = [_HEAD + f"format: {FORMAT}", "plugins:" if pins else "plugins: {}"]
    for name, pin in sorted(pins.items()):
        lines.append(f"  {_key(name)}:")
        lines += [
            f"    {field}: {json.dumps(getattr(pin, field), ensure_ascii=False)}"
            for field in ("distribution", "version", "target", "digest", "record")
            if field != "record" or pin.record
        ]
        if pin.files:
            lines.append("    files:")
            lines += [f'      {_key(path)}: "{digest}"' for path, digest in sorted(pin.files.items())]
    return "\n".join(lines) + "\n"


def _key(text: str) -> str:
    is_plain = _PLAIN.match(text) and isinstance(resolve_scalar(text, Location(path="")), str)
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def _decode(document: Document) -> Mapping[str, Pin]:
    data: Any = document.data
    if not isinstance(data, Mapping) or data.get("format") != FORMAT or isinstance(data.get("format"), bool):
        found = data.get("format") if isinstance(data, Mapping) else None
        raise InputError(
            "bad-lock",
            "this is no lock that this version of Mosaic can read",
            where=document.where(("format",)),
            expected=f"format: {FORMAT}",
            got="none" if found is None else repr(found)[:40],
        )
    contents = decode(
        _Contents, data, locate=lambda keys, at_key: document.where(keys, at_key=at_key), code="bad-lock"
    )
    errors = [
        InputError(
            "bad-lock",
            f"'plugins.{name}.{field}' is no digest",
            where=document.where(("plugins", name, field)),
            expected="sha256: and 64 hexadecimal digits",
            got=repr(value)[:80],
        )
        for name, pin in contents.plugins.items()
        for field, value in (("digest", pin.digest), ("record", pin.record))
        if not _DIGEST.match(value) and (field == "digest" or value)
    ]
    if errors:
        raise InputErrors(errors)
    return contents.plugins


def _as_problem(error: InputError) -> InputError:
    """Return every mistake under the code of a lock, with the cure."""
    found = [
        InputError(
            "bad-lock",
            f"the lock of the plugins cannot be read: {one.what}",
            where=one.where,
            expected=one.expected,
            got=one.got,
            hint="Restore it, or review the plugins and run `mosaic plugins lock`.",
        )
        for one in getattr(error, "others", (error,))
    ]
    return found[0] if len(found) == 1 else InputErrors(found)
