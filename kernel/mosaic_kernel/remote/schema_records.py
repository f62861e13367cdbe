"""Record classes made from JSON Schema: the inputs and outputs of operations that are declared elsewhere.

So every door shows them as it shows any other. A field that may be left out and has no default is None here,
and is left out again on the way back.
"""

from __future__ import annotations

import keyword
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Union

import attrs

from mosaic_hookspecs.errors import InputError

from ..encode import to_json_data

_PLAIN: Mapping[str, Any] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "null": type(None),
}
_LEFT_OUT = "mosaic_left_out"


def record_class(schema: Any, title: str) -> type:
    """Return an attrs class for the schema of an object.

    Raises:
        InputError: it is no schema of an object, or has names that no field can have (code ``bad-schema``).
    """
    properties = schema.get("properties", {}) if isinstance(schema, Mapping) else None
    if not isinstance(properties, Mapping) or schema.get("type", "object") != "object":
        raise _bad(title, "the JSON Schema of an object", repr(schema)[:80])
    required = schema.get("required", ())
    fields = {}
    for name, part in properties.items():
        if not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
            raise _bad(title, "properties whose names are words", repr(name)[:80])
        fields[name] = _field(part if isinstance(part, Mapping) else {}, name, is_required=name in required)
    made: Any = attrs.make_class(_class_name(schema, title), fields, frozen=True, kw_only=True, slots=False)
    made.__doc__ = str(schema.get("description", "")) or None
    return made  # type: ignore[no-any-return]  # what make_class returns has no type


def plain_input(value: Any) -> dict[str, Any]:
    """Return a record of such a class as JSON, without what was left out."""
    plain: dict[str, Any] = to_json_data(value)
    for field in attrs.fields(type(value)):
        if field.metadata.get(_LEFT_OUT) and plain[field.name] is None:
            del plain[field.name]
    return plain


def _field(schema: Mapping[str, Any], name: str, *, is_required: bool) -> Any:
    kind = _type(schema, name)
    metadata = {"help": str(schema["description"])} if "description" in schema else {}
    if is_required:
        return attrs.field(type=kind, metadata=metadata)
    if "default" not in schema:
        return attrs.field(type=kind | None, default=None, metadata={**metadata, _LEFT_OUT: True})
    return attrs.field(type=kind, default=_frozen(schema["default"]), metadata=metadata)


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(map(_frozen, value))
    return attrs.Factory(lambda: dict(value)) if isinstance(value, dict) else value


def _type(schema: Mapping[str, Any], name: str) -> Any:  # noqa: PLR0911 - one return a kind of schema
    if isinstance(schema.get("enum"), list):
        # Built at run time, of what the other side listed.
        return Literal[tuple(schema["enum"])]
    options = schema.get("anyOf") or schema.get("oneOf")
    if isinstance(options, list) and options:
        return Union[tuple(_type(one, name) for one in options)]  # noqa: UP007 - built at run time
    kind = schema.get("type")
    if isinstance(kind, list) and kind:
        return Union[tuple(_type({**schema, "type": one}, name) for one in kind)]  # noqa: UP007 - as above
    if kind == "array":
        return Sequence[_type(_part(schema, "items"), name)]  # type: ignore[misc]  # as above
    if kind == "object" or "properties" in schema:
        if "properties" in schema:
            return record_class(schema, name)
        return Mapping[str, _type(_part(schema, "additionalProperties"), name)]  # type: ignore[misc]  # as above
    return _PLAIN.get(str(kind), Any)


def _part(schema: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = schema.get(key)
    return part if isinstance(part, Mapping) else {}


def _class_name(schema: Mapping[str, Any], title: str) -> str:
    text = str(schema.get("title") or title)
    words = "".join(sign if sign.isalnum() else " " for sign in text).split()
    name = "".join(word[:1].upper() + word[1:] for word in words)
    return name if name.isidentifier() and not keyword.iskeyword(name) else "Record"


def _bad(title: str, expected: str, got: str) -> InputError:
    return InputError("bad-schema", f"{title} cannot be used", expected=expected, got=got)
