"""YAML read strictly, with the place of everything.

Owns the tree that the rest of the package works on. Scalars follow YAML 1.2, so that ``on`` is a key
and ``no`` a word. Refuses tags, merge keys, duplicate and complex keys, several documents, what is too
big, too deep or grows through aliases.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs
import yaml

from mosaic_hookspecs import InputError, Location

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 100
MAX_NODES = 20_000


@attrs.frozen(kw_only=True)
class Node:
    """A value in the document.

    `kind` is mapping, sequence, text, number, boolean or null. `value` is a dict of nodes, a tuple of
    nodes, or the scalar; `raw` a scalar's text. `start` and `end` are offsets into the source,
    `size` how many nodes it is made of, `keys` where each key of a mapping stands.
    """

    kind: str
    value: Any
    location: Location
    raw: str = ""
    start: int = 0
    end: int = 0
    size: int = 1
    is_plain: bool = False
    keys: Mapping[str, Location] = attrs.field(factory=dict)

    def get(self, key: str) -> Node | None:
        """Return the value of a mapping's key; None for anything else."""
        found: Node | None = self.value.get(key) if self.kind == "mapping" else None
        return found

    def items(self) -> Sequence[tuple[str, Node]]:
        """Return a mapping's entries; none for anything else."""
        return tuple(self.value.items()) if self.kind == "mapping" else ()

    def elements(self) -> Sequence[Node]:
        """Return a sequence's elements; none for anything else."""
        return self.value if self.kind == "sequence" else ()

    def data(self) -> Any:
        """Return the value as JSON data."""
        if self.kind == "mapping":
            return {key: node.data() for key, node in self.value.items()}
        if self.kind == "sequence":
            return [node.data() for node in self.value]
        return self.value


def read_document(text: str, path: str) -> Node:
    """Read one YAML document.

    Raises:
        InputError: it is not YAML, or not the part of YAML that is allowed here; located.
    """
    _measure(text, path)
    try:
        return _Builder(path).build(yaml.parse(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        what = ", ".join(part for part in (error.context, error.problem) if part)
        where = Location(path=path, line=line, column=column)
        raise InputError("bad-yaml", f"not YAML: {what}", where=where) from None
    except yaml.reader.ReaderError as error:
        raise _unreadable(text, path, error.position, "a character that YAML does not allow") from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise InputError(
            "bad-yaml", f"not YAML: {error}", where=Location(path=path, line=1, column=1)
        ) from None


def _measure(text: str, path: str) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError as error:
        raise _unreadable(text, path, error.start, "not UTF-8") from None
    if size > MAX_BYTES:
        raise InputError(
            "too-big",
            "the file is too big for a workflow",
            where=Location(path=path, line=1, column=1),
            expected=f"at most {MAX_BYTES} bytes",
            got=str(size),
        )


def _unreadable(text: str, path: str, position: int, what: str) -> InputError:
    before = text[:position]
    where = Location(path=path, line=before.count("\n") + 1, column=position - before.rfind("\n"))
    return InputError("bad-text", what, where=where, got=repr(text[position : position + 1]))


class _Open:
    """A collection that is being read."""

    def __init__(self, event: yaml.CollectionStartEvent) -> None:
        self.event = event
        self.is_mapping = isinstance(event, yaml.MappingStartEvent)
        self.children: list[Node] = []
        self.keys: dict[str, Location] = {}
        self.values: dict[str, Node] = {}
        self.pending: str | None = None
        self.size = 1


class _Builder:
    def __init__(self, path: str) -> None:
        self._path = path
        self._anchors: dict[str, Node] = {}
        self._stack: list[_Open] = []
        self._total = 0
        self._root: Node | None = None

    def build(self, events: Iterator[yaml.Event]) -> Node:
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._error("many-documents", "a workflow is one YAML document", event)
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event)
            elif isinstance(event, yaml.ScalarEvent):
                self._check(event)
                self._add(self._scalar(event), event.anchor)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._check(event)
                if len(self._stack) >= MAX_DEPTH:
                    raise self._error("too-deep", f"nested deeper than {MAX_DEPTH} levels", event)
                self._stack.append(_Open(event))
            elif isinstance(event, yaml.CollectionEndEvent):
                self._close(event)
        if self._root is None:
            where = Location(path=self._path, line=1, column=1)
            raise InputError("empty-workflow", "the file holds nothing", where=where)
        return self._root

    def _error(self, code: str, what: str, event: yaml.Event, hint: str = "") -> InputError:
        return InputError(code, what, where=self._place(event.start_mark), hint=hint)

    def _place(self, mark: Any) -> Location:
        return Location(path=self._path, line=mark.line + 1, column=mark.column + 1)

    def _check(self, event: Any) -> None:
        if event.tag is not None:
            raise self._error("yaml-tag", f"YAML tags such as {event.tag!r} are not allowed", event)
        self._count(1, event)

    def _count(self, nodes: int, event: yaml.Event) -> None:
        self._total += nodes
        if self._total > MAX_NODES:
            what = f"the document has more than {MAX_NODES} values, aliases written out"
            raise self._error("too-many-values", what, event)

    def _alias(self, event: yaml.AliasEvent) -> None:
        node = self._anchors.get(event.anchor or "")
        if node is None:
            raise self._error(
                "unknown-alias", f"the alias *{event.anchor} names no anchor that is complete here", event
            )
        self._count(node.size, event)
        self._add(node, None)

    def _scalar(self, event: yaml.ScalarEvent) -> Node:
        is_plain = event.style is None
        kind, value = _resolve(event.value) if is_plain else ("text", event.value)
        return Node(
            kind=kind,
            value=value,
            raw=event.value,
            location=self._place(event.start_mark),
            start=_index(event.start_mark),
            end=_index(event.end_mark),
            is_plain=is_plain,
        )

    def _close(self, event: yaml.CollectionEndEvent) -> None:
        top = self._stack.pop()
        node = Node(
            kind="mapping" if top.is_mapping else "sequence",
            value=top.values if top.is_mapping else tuple(top.children),
            location=self._place(top.event.start_mark),
            start=_index(top.event.start_mark),
            end=_index(event.end_mark),
            size=top.size,
            keys=top.keys,
        )
        self._add(node, top.event.anchor)

    def _add(self, node: Node, anchor: str | None) -> None:
        if anchor is not None:
            self._anchors[anchor] = node
        if not self._stack:
            self._root = node
            return
        top = self._stack[-1]
        top.size += node.size
        if not top.is_mapping:
            top.children.append(node)
        elif top.pending is None:
            top.pending = self._key(top, node)
        else:
            top.values[top.pending] = node
            top.pending = None

    def _key(self, top: _Open, node: Node) -> str:
        if node.kind in ("mapping", "sequence"):
            raise InputError("bad-key", "a key must be a word", where=node.location, got=f"a {node.kind}")
        key = node.raw
        if key == "<<" and node.is_plain:
            hint = "Write the keys out, or use an alias for the whole value."
            raise InputError("merge-key", "merge keys are not allowed", where=node.location, hint=hint)
        if key in top.keys:
            first = top.keys[key]
            raise InputError(
                "duplicate-key",
                f"the key {key!r} stands here twice",
                where=node.location,
                hint=f"The first is on line {first.line}.",
            )
        top.keys[key] = node.location
        return key


def _index(mark: Any) -> int:
    """Return a mark's offset in the text; the parser gives one to every event."""
    return int(mark.index)


_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER = re.compile(r"[-+]?[0-9]{1,300}\Z")
_BASED = re.compile(r"0(?:o[0-7]{1,300}|x[0-9a-fA-F]{1,300})\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")


def _resolve(text: str) -> tuple[str, Any]:
    """Give a plain scalar its kind and value, as YAML 1.2's core schema does."""
    if text in _NULLS:
        return "null", None
    if text in _BOOLEANS:
        return "boolean", _BOOLEANS[text]
    if _INTEGER.match(text):
        return "number", int(text)
    if _BASED.match(text):
        return "number", int(text[2:], 8 if text[1] == "o" else 16)
    if _FLOAT.match(text):
        number = float(text)
        if math.isfinite(number):
            return "number", number
    return "text", text
