"""Arranges foreign items as a UPP tree.

Owns the assignment of identifiers: an item tree of any width, below one epic, with groups of at most
seven children where the levels allow it. What foreign documents call their items stays in `origin`.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import attrs

from mosaic_hookspecs import InputError, JsonObject, Location, PlanNode, make_identifier

from .limits import require_node_count

MAX_CHILDREN = 7
MAX_LEVELS = 6
_MAX_NUMBER = 99
_MAX_EPICS = 999


@attrs.frozen(kw_only=True)
class Item:
    """One item of a foreign document, and the items below it.

    `depends_on` names other items by their `origin`; a name that no item has is kept as it is, for
    the linter to report.
    """

    title: str
    origin: str = ""
    description: str = ""
    minutes: int | None = None
    depends_on: Sequence[str] = ()
    runtime: str = ""
    work: JsonObject = attrs.field(factory=dict)
    done: bool = False
    line: int = 0
    children: Sequence[Item] = ()


def build_tree(title: str, items: Sequence[Item], path: str) -> Sequence[PlanNode]:
    """Build the nodes of a plan. A single item with children becomes the epic itself.

    Raises:
        InputError: there are too many items, or they are nested deeper than UPP has levels.
    """
    _require_levels(items, path)
    if len(items) == 1 and items[0].children:
        roots: Sequence[Item] = _grouped(items, 1)
    else:
        roots = _below(title, items)
    placed: list[tuple[tuple[int, ...], Item]] = []
    stack: list[tuple[tuple[int, ...], Item]] = [
        ((number,), root) for number, root in reversed(list(enumerate(roots, start=1)))
    ]
    while stack:
        key, item = stack.pop()
        placed.append((key, item))
        children = _grouped(item.children, len(key) + 1)
        stack += [((*key, number), child) for number, child in reversed(list(enumerate(children, start=1)))]
    require_node_count(len(placed), path)
    names: dict[str, str] = {}
    for key, item in placed:
        if item.origin:
            names.setdefault(item.origin, make_identifier(key))
    return [_node(make_identifier(key), item, names) for key, item in placed]


def _below(title: str, items: Sequence[Item]) -> Sequence[Item]:
    """Put items under one epic, or under several where one has no room for all."""
    room = MAX_CHILDREN ** (MAX_LEVELS - _height(items))
    count = max(1, -(-len(items) // room)) if room > 1 else max(1, -(-len(items) // MAX_CHILDREN))
    count = min(count, _MAX_EPICS)
    if count == 1:
        return [Item(title=title, children=items)]
    parts = _even(items, count)
    return [
        Item(title=f"{title} ({number} of {count})", children=part)
        for number, part in enumerate(parts, start=1)
    ]


def _grouped(items: Sequence[Item], level: int) -> Sequence[Item]:
    """Put siblings whose parent is above `level` into groups, as long as there are levels for it."""
    if len(items) <= MAX_CHILDREN:
        return items
    spare = MAX_LEVELS - level - _height(items) + 1
    if spare <= 0:
        return items
    depth = 1
    while depth < spare and MAX_CHILDREN ** (depth + 1) < len(items):
        depth += 1
    size = MAX_CHILDREN**depth
    groups: list[Item] = []
    for part in _even(items, -(-len(items) // size)):
        first, last = part[0].title, part[-1].title
        groups.append(Item(title=f"{first} … {last}" if len(part) > 1 else first, children=part))
    return groups


def _even(items: Sequence[Item], count: int) -> Sequence[Sequence[Item]]:
    bounds = [len(items) * part // count for part in range(count + 1)]
    return [items[start:end] for start, end in itertools.pairwise(bounds) if start < end]


def _height(items: Sequence[Item]) -> int:
    layer, height = list(items), 0
    while layer:
        height += 1
        layer = [child for item in layer for child in item.children]
    return height


def _require_levels(items: Sequence[Item], path: str) -> None:
    layer = [(item, 2 if len(items) != 1 or not items[0].children else 1) for item in items]
    count = 0
    while layer:
        count += len(layer)
        require_node_count(count, path)
        for item, level in layer:
            if level > MAX_LEVELS:
                raise InputError(
                    "too-deep",
                    f"{item.title[:60]!r} is nested too deep",
                    where=Location(path=path, line=item.line),
                    expected=f"at most {MAX_LEVELS} levels, the epic included",
                    hint="Move it up, or merge the levels above it.",
                )
            if len(item.children) > _MAX_NUMBER and level + 1 == MAX_LEVELS:
                raise InputError(
                    "too-wide",
                    f"{item.title[:60]!r} has too many children on the last level",
                    where=Location(path=path, line=item.line),
                    expected=f"at most {_MAX_NUMBER}",
                    got=str(len(item.children)),
                    hint="Move them up, or group them.",
                )
        layer = [(child, level + 1) for item, level in layer for child in item.children]


def _node(node_id: str, item: Item, names: Mapping[str, str]) -> PlanNode:
    return PlanNode(
        node_id=node_id,
        title=item.title,
        description=item.description,
        minutes=item.minutes,
        depends_on=tuple(dict.fromkeys(names.get(name, name) for name in item.depends_on)),
        runtime=item.runtime,
        work=item.work,
        origin=item.origin,
        done=item.done,
        line=item.line,
    )
