"""Schemas of an OpenAPI document in YAML as entities, by their indentation, so that lines are kept."""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from mosaic_hookspecs.blueprint import Field

from .fields import field_of
from .models import Found, make_entity

_KEY = re.compile(r"^(\s*)[\"']?([\w.$-]+)[\"']?:\s*(.*)$")
_IS_OPENAPI = re.compile(r"^\s*(?:openapi|swagger|paths|components):", re.MULTILINE)
_LIST = re.compile(r"\[([^\]]*)\]")
_FORMATS = {"date-time": "datetime", "date": "date", "uuid": "string", "email": "string"}


@attrs.frozen(kw_only=True)
class _Line:
    number: int
    indent: int
    key: str
    rest: str


def is_openapi(text: str) -> bool:
    """Whether a code block is an OpenAPI document, or a part of one."""
    return bool(_IS_OPENAPI.search(text))


def entities_in_openapi(text: str) -> list[Found]:
    """Find every schema with properties."""
    lines = [
        _Line(number=number, indent=len(match[1]), key=match[2], rest=match[3])
        for number, line in enumerate(text.split("\n"))
        if (match := _KEY.match(line))
    ]
    found = []
    for at, line in enumerate(lines):
        if line.key in ("schemas", "definitions") and not line.rest:
            for child in _children(lines, at):
                entity = _entity(lines, child)
                found += [entity] if entity else []
    return found


def _children(lines: Sequence[_Line], at: int) -> list[int]:
    """Return the positions of the lines one step below a line."""
    below = lines[at + 1].indent if at + 1 < len(lines) else 0
    found = []
    for position in range(at + 1, len(lines)):
        if lines[position].indent <= lines[at].indent or below <= lines[at].indent:
            break
        if lines[position].indent == below:
            found.append(position)
    return found


def _entity(lines: Sequence[_Line], at: int) -> Found | None:
    parts = {lines[child].key: child for child in _children(lines, at)}
    if "properties" not in parts:
        return None
    required = lines[parts["required"]].rest if "required" in parts else ""
    needed = set(re.split(r"[\s,\[\]\"']+", required))
    fields: list[Field] = []
    last = at
    for child in _children(lines, parts["properties"]):
        inner = _children(lines, child)
        last = max([child, *inner])
        field = _field(lines[child], [lines[each] for each in inner], is_required=lines[child].key in needed)
        fields += [field] if field else []
    entity = make_entity(lines[at].key, fields) if fields else None
    return Found(entity=entity, first=lines[at].number, last=lines[last].number) if entity else None


def _field(line: _Line, inner: Sequence[_Line], *, is_required: bool) -> Field | None:
    said = line.rest + ", " + ", ".join(f"{each.key}: {each.rest}" for each in inner)

    def value(key: str) -> str:
        match = re.search(rf"\b{key}:\s*[\"']?([\w-]+)", said)
        return match[1] if match else ""

    choices = re.search(r"\benum:\s*" + _LIST.pattern, said)
    words = [_FORMATS.get(value("format"), value("type"))]
    words += [f"enum: [{choices[1]}]"] if choices else []
    words += [f"max {value('maxLength')}"] if value("maxLength") else []
    words += ["required"] if is_required else ["optional"]
    return field_of(line.key, " ".join(words))
