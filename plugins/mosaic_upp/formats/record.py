"""Typed reading of JSON objects: each accessor returns the right type or raises a located error."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from typing import Any

from mosaic_hookspecs import InputError

from .json_document import JsonDocument
from .json_scan import Pointer, describe

_LARGEST = 2**53


class Record:
    """One JSON object within a document.

    An accessor without `default` demands its key; with one, it also reads ``null`` as the default.

    Raises:
        InputError: the value at `pointer` is no object.
    """

    def __init__(self, document: JsonDocument, value: Any, pointer: Pointer = ()) -> None:
        self.document = document
        self.pointer = pointer
        if not isinstance(value, dict):
            raise document.error(pointer, "wrong type", expected="an object", got=describe(value))
        self.value: dict[str, Any] = value

    def error(
        self, key: str | int, what: str, *, expected: str = "", got: str = "", hint: str = ""
    ) -> InputError:
        """Make a located error about the value of `key` (of the object itself: ``""``)."""
        pointer = self.pointer if key == "" else (*self.pointer, key)
        return self.document.error(pointer, what, expected=expected, got=got, hint=hint)

    def line(self) -> int:
        """Return the line of the file on which this object begins."""
        return self.document.location(self.pointer).line

    def reject_unknown(self, known: Collection[str]) -> None:
        """Refuse keys that are not in `known`, with the nearest right one."""
        for key in self.value:
            if key not in known:
                near = difflib.get_close_matches(key, list(known), 1)
                raise self.error(
                    key,
                    "unknown key",
                    expected=f"one of {', '.join(sorted(known))}",
                    got=repr(key[:80]),
                    hint=f"Did you mean {near[0]!r}?" if near else "",
                )

    def text(self, key: str, default: str | None = None) -> str:
        """Read text."""
        return str(self._get(key, default, str, "text"))

    def boolean(self, key: str, default: bool | None = None) -> bool:  # noqa: FBT001 - as its siblings
        """Read a boolean."""
        return bool(self._get(key, default, bool, "true or false"))

    def integer(self, key: str) -> int | None:
        """Read a whole number; None where the key is absent or null."""
        value = self.value.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) > _LARGEST:
            raise self.error(key, "wrong type", expected="a whole number", got=describe(value))
        return value

    def number(self, key: str) -> float | None:
        """Read a number; None where the key is absent or null."""
        value = self.value.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or abs(value) > _LARGEST:
            raise self.error(key, "wrong type", expected="a number", got=describe(value))
        return float(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """Read a list of texts; empty where the key is absent or null."""
        values = self.values(key)
        for index, value in enumerate(values):
            if not isinstance(value, str):
                raise self.document.error(
                    (*self.pointer, key, index), "wrong type", expected="text", got=describe(value)
                )
        return tuple(values)

    def values(self, key: str) -> Sequence[Any]:
        """Read a list; empty where the key is absent or null."""
        return list(self._get(key, [], list, "a list"))

    def records(self, key: str) -> Sequence[Record]:
        """Read a list of objects; empty where the key is absent or null."""
        pointer = (*self.pointer, key)
        return [Record(self.document, item, (*pointer, index)) for index, item in enumerate(self.values(key))]

    def mapping(self, key: str) -> dict[str, Any]:
        """Read an object as it is; empty where the key is absent or null."""
        return dict(self._get(key, {}, dict, "an object"))

    def record(self, key: str) -> Record | None:
        """Read an object as a record; None where the key is absent or null."""
        value = self.value.get(key)
        return None if value is None else Record(self.document, value, (*self.pointer, key))

    def _get(self, key: str, default: Any, kind: type, expected: str) -> Any:
        value = self.value.get(key)
        if value is None and default is not None:
            return default
        if key not in self.value:
            raise self.error("", f"the key {key!r} is missing", expected=expected)
        if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
            raise self.error(key, "wrong type", expected=expected, got=describe(value))
        return value
