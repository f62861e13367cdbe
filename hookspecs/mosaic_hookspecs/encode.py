"""Turns records into JSON data: what every door sends. Pure; refuses what has no form in JSON."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import PurePath
from typing import Any

import attrs

_PLAIN = frozenset({bool, int, str, type(None)})
"""What stays as it is, which most parts of a record do: the doors send thousands at once."""


def to_json_data(value: Any) -> Any:  # noqa: PLR0911 - one return a kind of value
    """Return `value` as plain JSON data.

    Records become objects by field, enums their values, tuples and lists arrays, sets sorted arrays,
    paths and dates text, bytes their text (base64 if they are not UTF-8), and numbers that are not
    finite null.

    Raises:
        TypeError: something in it is none of these.
    """
    if type(value) in _PLAIN or (isinstance(value, bool | str | int) and not isinstance(value, enum.Enum)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, enum.Enum):
        return to_json_data(value.value)
    if isinstance(value, Mapping):
        return {_key(key): to_json_data(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [part if type(part) in _PLAIN else to_json_data(part) for part in value]
    if isinstance(value, set | frozenset):
        return sorted((to_json_data(part) for part in value), key=repr)
    return _of_object(value)


def _of_object(value: Any) -> Any:
    if attrs.has(type(value)):
        return {
            field.name: part if type(part := getattr(value, field.name)) in _PLAIN else to_json_data(part)
            for field in attrs.fields(type(value))
        }
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            import base64

            return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__qualname__} has no form in JSON")


def _key(key: Any) -> str:
    plain = to_json_data(key)
    return plain if isinstance(plain, str) else str(plain)
