"""The tree that a plan's identifiers describe, however badly they do it.

Owns how identifiers are understood: unpadded or in lower case, with a prefix of the wrong level, given
twice. Both judging and repairing work on this one reading, so that a repair means what was judged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import attrs

from mosaic_hookspecs import InputError, Plan, make_identifier

Key = tuple[int, ...]
"""The groups of an identifier: the path from the root, as numbers."""

MAX_DEPTH = 6
MAX_NUMBER = 99
MAX_EPIC = 999

_LOOSE = re.compile(r"(?:E|F|S|T|ST|A)[.](\d{1,3}(?:[.]\d{1,3})*)", re.IGNORECASE)


@attrs.frozen(kw_only=True)
class Outline:
    """The tree of a plan; nodes are their indexes in `Plan.nodes`.

    `keys` holds None for an identifier that cannot be understood. `repeats` are the nodes whose key an
    earlier node has. A node's parent is the nearest earlier node with the parent's key, or else the
    first later one; `parents` holds None for epics, orphans and what has no key.
    """

    plan: Plan
    keys: Sequence[Key | None]
    parents: Sequence[int | None]
    children: Sequence[Sequence[int]]
    repeats: frozenset[int]
    by_id: Mapping[str, int]
    by_key: Mapping[Key, int]

    def resolve(self, reference: str) -> int | None:
        """Return the node that a dependency names: by its very words, or else as understood."""
        found = self.by_id.get(reference)
        if found is None and (key := parse_key(reference)) is not None:
            found = self.by_key.get(key)
        return found

    def is_leaf(self, index: int) -> bool:
        """Whether a node has no children."""
        return not self.children[index]

    def ancestors(self, index: int) -> Sequence[int]:
        """Return a node's ancestors, nearest first."""
        found: list[int] = []
        parent = self.parents[index]
        while parent is not None:
            found.append(parent)
            parent = self.parents[parent]
        return found


def parse_key(text: str) -> Key | None:
    """Understand an identifier; None where that is beyond doubt impossible."""
    match = _LOOSE.fullmatch(text.strip())
    if match is None:
        return None
    key = tuple(int(group) for group in match[1].split("."))
    return key if len(key) <= MAX_DEPTH and max(key[1:], default=0) <= MAX_NUMBER else None


def write_key(key: Key) -> str:
    """Return the identifier that a key stands for."""
    return make_identifier(key)


def is_well_formed(node_id: str, key: Key | None) -> bool:
    """Whether an identifier is written exactly as its key is."""
    try:
        return key is not None and make_identifier(key) == node_id
    except InputError:
        return False


def make_outline(plan: Plan) -> Outline:
    """Read a plan's tree off its identifiers."""
    keys = [parse_key(node.node_id) for node in plan.nodes]
    by_id: dict[str, int] = {}
    by_key: dict[Key, int] = {}
    repeats: set[int] = set()
    for index, (node, key) in enumerate(zip(plan.nodes, keys, strict=True)):
        by_id.setdefault(node.node_id, index)
        if key is not None and by_key.setdefault(key, index) != index:
            repeats.add(index)
    latest: dict[Key, int] = {}
    parents: list[int | None] = []
    children: list[list[int]] = [[] for _ in keys]
    for index, key in enumerate(keys):
        parent = None
        if key is not None:
            if len(key) > 1:
                parent = latest.get(key[:-1], by_key.get(key[:-1]))
            latest[key] = index
        parents.append(parent)
        if parent is not None:
            children[parent].append(index)
    return Outline(
        plan=plan,
        keys=keys,
        parents=parents,
        children=children,
        repeats=frozenset(repeats),
        by_id=by_id,
        by_key=by_key,
    )
