"""Data models that stand in lists, tables and prose, and those in code blocks, as entities with lines.

Owns the joining of a heading with the fields below it. What it understood it reports by block index.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from mosaic_hookspecs.blueprint import Field
from mosaic_hookspecs.data import JsonObject

from .context import Place
from .document import Block
from .fields import field_of
from .models import entities_in_code, entity_in_line, field_in_line, heading_entity, make_entity, relation_in
from .openapi import entities_in_openapi, is_openapi
from .stories import asks
from .topics import Topic

_FIELD_COLUMNS = ("field", "column", "attribute", "property", "name", "key")
_TYPE_COLUMNS = ("type", "data type", "datatype", "kind", "format")
_OWNER_COLUMNS = ("entity", "model", "table", "object", "resource")
_LIST_COLUMNS = ("fields", "attributes", "columns", "properties", "key fields", "main fields", "key attributes")


_ALONE = re.compile(r"[`*]*[A-Z]\w{2,30}[`*]*")
_HEAD = re.compile(r"[:(=]|\s[–—-]\s")


@attrs.frozen(kw_only=True)
class FoundModel:
    """An entity with the lines that define it."""

    text: str
    start: int
    end: int
    data: JsonObject


@attrs.define
class _Growing:
    name: str
    start: int
    end: int
    fields: list[Field] = attrs.field(factory=list)
    blocks: set[int] = attrs.field(factory=set)
    is_item: bool = False


class EntityReader:
    """Reads every data model of a document."""

    def __init__(self, blocks: Sequence[Block], places: Sequence[Place]) -> None:
        self._blocks = blocks
        self._places = places
        self._growing: _Growing | None = None
        self._done: list[_Growing] = []
        self._used: set[int] = set()

    @property
    def found(self) -> Sequence[FoundModel]:
        """The entities in the order of their lines."""
        models = []
        for growing in sorted(self._done, key=lambda each: each.start):
            entity = make_entity(growing.name, growing.fields)
            if entity:
                names = ", ".join(field.name for field in entity.fields)
                models.append(
                    FoundModel(
                        text=f"{entity.name}: {names}",
                        start=growing.start,
                        end=growing.end,
                        data=entity.to_data(),
                    )
                )
        return models

    def read(self) -> set[int]:
        """Read them, and return the indexes of the blocks that were understood."""
        for index, (block, place) in enumerate(zip(self._blocks, self._places, strict=True)):
            if place.topic is Topic.OUT:
                self._close()
            elif block.kind == "fence":
                self._fence(index, block, place)
            elif block.kind == "row" and self._row(index, block, place):
                continue
            elif place.topic is not Topic.MODEL:
                self._close()
            elif block.kind == "heading":
                self._close()
                self._open(block, heading_entity(block.path[-1]))
            elif block.kind in ("item", "text"):
                self._line(index, block, place)
        self._close()
        return self._used

    def _open(self, block: Block, name: str) -> None:
        if name and make_entity(name, ()):
            self._growing = _Growing(name=name, start=block.start, end=block.end)

    def _close(self) -> None:
        growing, self._growing = self._growing, None
        if growing and growing.fields:
            self._done.append(growing)
            self._used |= growing.blocks

    def _grow(self, index: int, block: Block, field: Field) -> None:
        if self._growing:
            self._growing.fields.append(field)
            self._growing.blocks.add(index)
            self._growing.end = max(self._growing.end, block.end)

    def _fence(self, index: int, block: Block, place: Place) -> None:
        if place.topic is Topic.EXAMPLE:
            return
        is_model = place.topic is Topic.MODEL
        text, offset = block.raw, block.first - 1
        if is_openapi(text):
            found = entities_in_openapi(text)
            is_model = False
        else:
            found = [each for each in entities_in_code(text, block.info) if is_model or each.is_strong]
            found = [] if place.topic is Topic.ENDPOINT else found
        for each in found:
            start, end = offset + 1 + each.first, min(offset + 1 + each.last, block.end)
            model = _Growing(name=each.entity.name, start=start, end=end, fields=list(each.entity.fields))
            self._done.append(model)
            if not is_openapi(text):
                self._used.add(index)
        if found or not is_model:
            return
        lines = [entity for line in text.split("\n") if (entity := entity_in_line(line.strip(" -*•")))]
        for number, line in enumerate(text.split("\n")):
            entity = entity_in_line(line.strip(" -*•")) if lines else None
            if entity:
                where = min(offset + 1 + number, block.end)
                self._done.append(
                    _Growing(name=entity.name, start=where, end=where, fields=list(entity.fields))
                )
                self._used.add(index)
        if not lines and self._growing:
            pairs = entities_in_code("Thing {\n" + text.strip().removeprefix("{").removesuffix("}") + "\n}", "")
            for field in pairs[0].entity.fields if pairs else ():
                self._grow(index, block, field)

    def _row(self, index: int, block: Block, place: Place) -> bool:
        names = [name.strip().lower() for name in block.header]
        owner, listing = _find(names, _OWNER_COLUMNS), _find(names, _LIST_COLUMNS)
        if owner is not None and listing is not None and max(owner, listing) < len(block.cells):
            entity = entity_in_line(f"{block.cells[owner]}: {block.cells[listing]}")
            if entity:
                self._done.append(
                    _Growing(name=entity.name, start=block.start, end=block.end, fields=list(entity.fields))
                )
                self._used.add(index)
            return entity is not None
        column, kind = _find(names, _FIELD_COLUMNS), _find(names, _TYPE_COLUMNS)
        if (
            column is None
            or (kind is None and place.topic is not Topic.MODEL)
            or place.topic in (Topic.ENDPOINT, Topic.EXAMPLE)
        ):
            return False
        if column >= len(block.cells):
            return False
        words = " ".join(
            _cell_words(name, cell)
            for position, (name, cell) in enumerate(zip(names, block.cells, strict=False))
            if position != column
        )
        field = field_of(block.cells[column], words)
        name = block.cells[owner] if owner is not None and owner < len(block.cells) else ""
        current = self._growing
        if name and (current is None or make_entity(current.name, ()) != make_entity(name, ())):
            self._close()
            self._open(block, name)
        elif current is None:
            self._open(
                block,
                heading_entity(self._places[index].label)
                or heading_entity(block.path[-1] if block.path else ""),
            )
        if field is None or self._growing is None:
            return False
        self._grow(index, block, field)
        return True

    def _line(self, index: int, block: Block, place: Place) -> None:  # noqa: C901 - one case a kind of block
        if block.kind == "item" and place.has_children and block.parent < 0:
            self._close()
            self._open(block, heading_entity(block.text.split(":")[0]))
            if self._growing:
                self._growing.blocks.add(index)
                self._growing.is_item = True
            entity = entity_in_line(block.text)
            if entity and self._growing:
                self._growing.fields += entity.fields
            return
        if self._growing and self._growing.is_item and block.parent < 0:
            self._close()
        if relation_in(block.text):
            return
        entity = entity_in_line(block.text)
        is_child = block.kind == "item" and self._growing is not None
        field = field_in_line(block.text) if is_child and not asks(_HEAD.split(block.text)[0]) else None
        looks_whole = entity is not None and (not is_child or field is None or len(entity.fields) > 2)  # noqa: PLR2004 - a bound that is said once
        if looks_whole and entity and field and self._growing and self._growing.fields:
            looks_whole = False
        if looks_whole and entity:
            if self._growing and not self._growing.fields and _same(self._growing.name, entity.name):
                self._growing = None
            self._done.append(
                _Growing(name=entity.name, start=block.start, end=block.end, fields=list(entity.fields))
            )
            self._used.add(index)
        elif field and self._growing:
            self._grow(index, block, field)
        elif block.kind == "text" and (place.is_label or _ALONE.fullmatch(block.raw.strip())):
            name = heading_entity(block.text.rstrip(":"))
            if name and not (self._growing and not self._growing.fields):
                self._close()
                self._open(block, name)
                if self._growing:
                    self._growing.blocks.add(index)


def _same(one: str, two: str) -> bool:
    first, second = make_entity(one, ()), make_entity(two, ())
    return first is not None and second is not None and first.name == second.name


def _find(names: Sequence[str], wanted: Sequence[str]) -> int | None:
    return next((index for index, name in enumerate(names) if name in wanted), None)


def _cell_words(name: str, cell: str) -> str:
    if cell.strip().lower() in ("yes", "y", "true", "✓", "✔", "x"):
        return name
    if cell.strip().lower() in ("no", "n", "false", "✗", "-", ""):
        return "optional" if name.startswith(("required", "mandatory")) else ""
    return cell
