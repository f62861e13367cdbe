"""Names of types and values, as a message says them."""

from __future__ import annotations

import collections.abc
import enum
import types
from collections.abc import Mapping
from typing import Any, Literal, Union, get_args, get_origin

import attrs

_PLAIN: Mapping[Any, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text",
    bytes: "text",
    type(None): "nothing",
}
_MAX_VALUE = 60


def describe_type(kind: Any) -> str:  # noqa: PLR0911 - one return a kind of type
    """Return what a value of this type is called."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    origin = get_origin(kind) or kind
    if origin is Literal:
        return "one of " + ", ".join(map(str, get_args(kind)))
    if origin in (Union, types.UnionType):
        return " or ".join(map(describe_type, get_args(kind)))
    if isinstance(origin, type):
        if issubclass(origin, enum.Enum):
            return "one of " + ", ".join(str(member.value) for member in origin)
        if attrs.has(origin) or issubclass(origin, collections.abc.Mapping):
            return "a mapping"
        if issubclass(origin, collections.abc.Iterable):
            return "a list"
    return getattr(origin, "__name__", str(origin)).lower()


def describe_value(value: Any) -> str:
    """Return a value with its kind, cut short."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple | set | frozenset):
        return "a list"
    text = repr(value)
    if len(text) > _MAX_VALUE:
        text = text[: _MAX_VALUE - 1] + "…"
    kind = "text" if isinstance(value, str) else "the number" if isinstance(value, int | float) else ""
    return f"{kind} {text}".strip()
