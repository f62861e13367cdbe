"""Turns the tree of a preset's file into records, and says of every mistake where it is."""

from __future__ import annotations

import collections.abc
import types
from typing import Any, TypeVar, Union, get_args, get_origin

import attrs

from mosaic_hookspecs.errors import InputError

from .document import Node

Record = TypeVar("Record")
_NAMES = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


def decode(node: Node, kind: type[Record]) -> Record:
    """Build a record of attrs class `kind`.

    Raises:
        InputError: a key is unknown or missing, or a value is none of its type; located.
    """
    made: Record = _record(node, kind)
    return made


def _record(node: Node, kind: type[Any]) -> Any:
    if not isinstance(node.value, dict):
        raise _mismatch(node, f"keys and values ({', '.join(_fields(kind))})")
    fields = _fields(kind)
    for name, where in node.keys.items():
        if name not in fields:
            raise InputError(
                "unknown-key", f"there is no key {name!r} here", where=where, expected=", ".join(sorted(fields))
            )
    missing = [n for n, field in fields.items() if field.default is attrs.NOTHING and n not in node.value]
    if missing:
        raise InputError("missing-key", f"the key {missing[0]!r} is missing", where=node.where)
    values = {name: _value(child, fields[name].type) for name, child in node.value.items()}
    try:
        return kind(**values)
    except InputError as error:
        where = node.value[str(error.where)].where if error.where in node.value else node.where
        raise InputError(error.code, error.what, where=where, expected=error.expected, got=error.got) from None


def _fields(kind: type[Any]) -> dict[str, Any]:
    attrs.resolve_types(kind)
    return {field.name: field for field in attrs.fields(kind)}


def _value(node: Node, kind: Any) -> Any:
    origin, arguments = get_origin(kind) or kind, get_args(kind)
    if kind is Any:
        return node.data()
    if origin in (Union, types.UnionType):
        inner = [one for one in arguments if one is not type(None)]
        return None if node.value is None else _value(node, inner[0])
    if attrs.has(origin):
        return _record(node, origin)
    if origin is collections.abc.Sequence:
        children = node.value if isinstance(node.value, list) else [node]
        return tuple(_value(child, arguments[0]) for child in children)
    if origin is collections.abc.Mapping:
        if not isinstance(node.value, dict):
            raise _mismatch(node, "keys and values")
        key = int if arguments[0] is int else str
        return {_key(name, key, node): _value(child, arguments[1]) for name, child in node.value.items()}
    return _plain(node, origin)


def _plain(node: Node, kind: type[Any]) -> Any:
    if kind is float and isinstance(node.value, int) and not isinstance(node.value, bool):
        return float(node.value)
    if not isinstance(node.value, kind) or (kind is int and isinstance(node.value, bool)):
        raise _mismatch(node, _NAMES[kind])
    return node.value


def _key(name: str, kind: type[Any], node: Node) -> Any:
    try:
        return kind(name)
    except ValueError:
        where = node.keys[name]
        raise InputError("bad-key", "this key must be a whole number", where=where, got=name) from None


def _mismatch(node: Node, expected: str) -> InputError:
    shown = {dict: "keys and values", list: "a list", type(None): "nothing"}.get(type(node.value))
    got = shown or repr(node.value)[:80]
    return InputError("bad-value", "the value does not fit", where=node.where, expected=expected, got=got)
