"""Hardened YAML: plain data with the position of every node.

Owns what a YAML text may be: one document of mappings, sequences and scalars in the YAML 1.2 core
sense (``yes``, ``on`` and dates are text). Refuses tags, merge keys, duplicate keys, numbers that are not
finite, recursion, alias bombs, deep nesting and large files: each is a located `InputError`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import attrs

from mosaic_hookspecs.errors import InputError, Location

Keys: TypeAlias = tuple[str | int, ...]

MAX_BYTES = 1 << 20
MAX_DEPTH = 100
MAX_NODES = 100_000
_MAX_DIGITS = 100

_INT = re.compile(r"[-+]?[0-9]+\Z|0x[0-9a-fA-F]+\Z|0o[0-7]+\Z")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z")
_NOT_FINITE = re.compile(r"([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))\Z")
_WORDS: Mapping[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@attrs.frozen(kw_only=True)
class Document:
    """A YAML text's plain data (`data`; None for an empty text) and where each part of it stands.

    `values` and `keys` map a path of keys and indexes to a 1-based (line, column).
    """

    path: str
    data: Any
    values: Mapping[Keys, tuple[int, int]]
    keys: Mapping[Keys, tuple[int, int]]

    def where(self, keys: Keys = (), *, at_key: bool = False) -> Location:
        """Locate a value (or its key); of what stands nowhere, the nearest part around it."""
        for end in range(len(keys), -1, -1):
            table = self.keys if at_key and end == len(keys) else self.values
            position = table.get(keys[:end]) or self.values.get(keys[:end])
            if position is not None:
                return Location(path=self.path, line=position[0], column=position[1])
        return Location(path=self.path)


def load_yaml(text: str | bytes, path: str = "<text>") -> Document:
    """Read one YAML document. `path` is what errors call it.

    Raises:
        InputError: what this module refuses, at its line and column.
    """
    from .yaml_events import read_events

    try:
        size = len(text) if isinstance(text, bytes) else len(text.encode())
        decoded = text.decode("utf-8-sig") if isinstance(text, bytes) else text
    except UnicodeDecodeError as error:
        before = error.object[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        raise InputError(
            "bad-encoding",
            "the text is not UTF-8",
            where=Location(path=path, line=line, column=column),
            got=f"byte 0x{error.object[error.start]:02x}",
            hint="Save the file as UTF-8.",
        ) from None
    except UnicodeEncodeError as error:
        raise InputError(
            "bad-encoding",
            "the text has half a character",
            where=Location(path=path),
            got=ascii(error.object[error.start]),
        ) from None
    if size > MAX_BYTES:
        raise InputError(
            "too-large",
            "the file is too large",
            where=Location(path=path),
            expected=f"at most {MAX_BYTES} bytes",
            got=f"{size} bytes",
        )
    return read_events(decoded, path)


def read_yaml(file: Path, name: str = "") -> Document:
    """Read a YAML file, called `name` (its path) in errors.

    Raises:
        InputError: as `load_yaml`, or the file cannot be read.
    """
    path = name or str(file)
    if file.exists() and not file.is_file() and not file.is_dir():
        # Opening a pipe that nobody writes to would wait for ever.
        raise InputError(
            "unreadable-file",
            "the file cannot be read",
            where=Location(path=path),
            expected="a file",
            got="a pipe or a device",
        )
    try:
        with file.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(
            "unreadable-file",
            "the file cannot be read",
            where=Location(path=path),
            got=error.strerror or str(error),
        ) from None
    return load_yaml(data, path)


def resolve_scalar(text: str, where: Location) -> Any:
    """Return what a plain (unquoted) scalar means."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.match(text):
        if len(text) > _MAX_DIGITS:
            raise InputError(
                "bad-number", "the number is too long", where=where, expected=f"at most {_MAX_DIGITS} digits"
            )
        base = 16 if text.startswith("0x") else 8 if text.startswith("0o") else 10
        return int(text, base)
    is_finite = True
    if _FLOAT.match(text):
        number = float(text)
        is_finite = math.isfinite(number)
        if is_finite:
            return number
    if not is_finite or _NOT_FINITE.match(text):
        raise InputError(
            "bad-number", "the number is not finite", where=where, expected="a finite number", got=text[:40]
        )
    return text
