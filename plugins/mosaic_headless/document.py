"""YAML read strictly, with the place of everything.

Owns the tree of a preset's file. Scalars follow YAML 1.2, so that ``on`` and ``no`` are words. Refuses tags,
aliases, merge keys, duplicate and complex keys, several documents, and what is too big or too deep.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import attrs
import yaml

from mosaic_hookspecs.errors import InputError, Location

MAX_BYTES = 256 * 1024
MAX_DEPTH = 30

_NULLS = frozenset({"", "~", "null"})
_BOOLEANS = {"true": True, "false": False}
_TAGS = frozenset({"str", "int", "float", "bool", "null", "timestamp", "seq", "map", "value"})
_TAGS = frozenset({"str", "int", "float", "bool", "null", "timestamp", "seq", "map", "value"})
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}\Z")
_FLOAT = re.compile(r"[-+]?[0-9]{1,18}\.[0-9]{1,18}\Z")


@attrs.frozen(kw_only=True)
class Node:
    """A value of the file: a dict of nodes, a list of nodes, or a scalar; `keys` is where each key stands."""

    value: Any
    where: Location
    keys: dict[str, Location] = attrs.field(factory=dict)

    def at(self, *keys: str) -> Node | None:
        """Return what stands under these keys, each inside of the one before; None for nothing."""
        node: Node | None = self
        for key in keys:
            node = node.value.get(key) if node is not None and isinstance(node.value, dict) else None
        return node

    def elements(self) -> Sequence[Node]:
        """Return the elements of a list, or the values of a mapping; of a scalar, none."""
        if isinstance(self.value, dict):
            return tuple(self.value.values())
        return self.value if isinstance(self.value, list) else ()

    def data(self) -> Any:
        """Return the value as plain data."""
        if isinstance(self.value, dict):
            return {key: node.data() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.data() for node in self.value]
        return self.value


def read_document(text: str, path: str) -> Node:
    """Read one YAML document.

    Raises:
        InputError: it is not YAML, or not the part of it that is allowed here; located.
    """
    start = Location(path=path, line=1, column=1)
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise InputError(
            "too-big", "the file is too big for a preset", where=start, expected=f"{MAX_BYTES} bytes"
        )
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = start if mark is None else _place(mark, path)
        what = ", ".join(part for part in (error.context, error.problem) if part)
        raise InputError("bad-yaml", f"not YAML: {what}", where=where) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise InputError("bad-yaml", f"not YAML: {error}", where=start) from None
    if node is None:
        raise InputError("empty-preset", "the file holds nothing", where=start)
    return _Builder(path).build(node, 0)


def _place(mark: Any, path: str) -> Location:
    return Location(path=path, line=mark.line + 1, column=mark.column + 1)


class _Builder:
    def __init__(self, path: str) -> None:
        self._path = path
        self._seen: set[int] = set()

    def build(self, node: yaml.Node, depth: int) -> Node:
        where = _place(node.start_mark, self._path)
        if id(node) in self._seen:
            raise InputError(
                "yaml-alias", "aliases are not allowed in a preset", where=where, hint="Write it out."
            )
        self._seen.add(id(node))
        if depth > MAX_DEPTH:
            raise InputError("too-deep", f"nested deeper than {MAX_DEPTH} levels", where=where)
        if isinstance(node, yaml.ScalarNode):
            return Node(value=self._scalar(node, where), where=where)
        self._refuse_tag(node, where)
        if isinstance(node, yaml.SequenceNode):
            return Node(value=[self.build(child, depth + 1) for child in node.value], where=where)
        return self._mapping(node, where, depth)

    def _mapping(self, node: yaml.Node, where: Location, depth: int) -> Node:
        values: dict[str, Node] = {}
        keys: dict[str, Location] = {}
        for key, child in node.value:
            at = _place(key.start_mark, self._path)
            if not isinstance(key, yaml.ScalarNode) or key.value == "<<":
                raise InputError("bad-key", "a key must be a word", where=at)
            if key.value in keys:
                hint = f"The first is on line {keys[key.value].line}."
                raise InputError(
                    "duplicate-key", f"the key {key.value!r} stands here twice", where=at, hint=hint
                )
            keys[key.value] = at
            values[key.value] = self.build(child, depth + 1)
        return Node(value=values, where=where, keys=keys)

    def _scalar(self, node: yaml.ScalarNode, where: Location) -> Any:
        text: str = node.value
        self._refuse_tag(node, where)
        if node.style is not None:
            return text
        if text in _NULLS:
            return None
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        if _INTEGER.match(text):
            return int(text)
        return float(text) if _FLOAT.match(text) else text

    def _refuse_tag(self, node: yaml.Node, where: Location) -> None:
        # The loader gives every node a tag; those that it found by itself are of the core schema.
        if node.tag.removeprefix("tag:yaml.org,2002:") not in _TAGS:
            raise InputError("yaml-tag", f"YAML tags such as {node.tag!r} are not allowed", where=where)
