"""Rules on the tree's form: identifiers, levels, parents, order (UPP0xx), and shape (UPP3xx)."""

from __future__ import annotations

from .collector import Collector
from .outline import MAX_DEPTH, Key, Outline, is_well_formed, write_key

MAX_CHILDREN = 7


def check_identity(outline: Outline, report: Collector) -> None:
    """Judge each node's identifier and where it stands."""
    furthest: Key = ()
    displaced = _displaced(outline)
    for index, (node, key) in enumerate(zip(outline.plan.nodes, outline.keys, strict=True)):
        if key is None:
            report.node(
                index,
                "UPP002",
                f"{node.node_id[:80]!r} is not a UPP identifier",
                hint="Write it like T.001.01.01.01.",
            )
            continue
        if not is_well_formed(node.node_id, key):
            right = write_key(key)
            is_level = node.node_id.partition(".")[2] == right.partition(".")[2]
            code, problem = (
                ("UPP005", "does not state its level") if is_level else ("UPP002", "is written wrongly")
            )
            report.node(
                index,
                code,
                f"{node.node_id[:80]!r} {problem}; it is {right}",
                hint=f"Write {right}.",
                is_fixable=True,
            )
        if index in outline.repeats:
            first = outline.by_key[key]
            line = outline.plan.nodes[first].line
            report.node(
                index,
                "UPP003",
                f"{write_key(key)} is already the identifier of {outline.plan.nodes[first].title[:60]!r}"
                + (f" in line {line}" if line else ""),
                hint="Give it a number of its own.",
                is_fixable=True,
            )
        if outline.parents[index] is None and len(key) > 1:
            parent = write_key(key[:-1])
            report.node(
                index, "UPP004", f"its parent {parent} is not in the plan", hint=f"Add {parent}, or move it."
            )
        if index in displaced:
            continue
        if key < furthest:
            report.node(
                index,
                "UPP006",
                f"it stands behind {write_key(furthest)}",
                hint="Sort the nodes.",
                is_fixable=True,
            )
        furthest = max(furthest, key)


def _displaced(outline: Outline) -> frozenset[int]:
    """Find the nodes under a repeated identifier: their order is judged once they have their own."""
    displaced = set(outline.repeats)
    if displaced:
        for index in sorted(range(len(outline.keys)), key=lambda index: len(outline.keys[index] or ())):
            if outline.parents[index] in displaced:
                displaced.add(index)
    return frozenset(displaced)


def _forced(outline: Outline) -> frozenset[int]:
    """Return the nodes that cannot have two children, since the plan has too few leaves for all levels.

    Every leaf must be an atomic. Where two children at each level need more leaves than there are,
    single children are no fault if each stands alone on its level, above everything else.
    """
    levels: dict[int, list[int]] = {}
    for index, key in enumerate(outline.keys):
        levels.setdefault(len(key or ()), []).append(index)
    leaves = {len(outline.keys[index] or ()) for index, below in enumerate(outline.children) if not below}
    if leaves != {MAX_DEPTH}:
        return frozenset()
    total = len(levels[MAX_DEPTH])
    return frozenset(
        found[0]
        for level, found in levels.items()
        if len(found) == 1 and level and total < 2 ** (MAX_DEPTH - level)
    )


def check_shape(outline: Outline, report: Collector) -> None:
    """Judge how many children each node has, and how deep the leaves are."""
    forced = _forced(outline)
    for index, children in enumerate(outline.children):
        key = outline.keys[index]
        if key is None:
            continue
        if len(children) == 1 and index not in forced:
            child = outline.plan.nodes[children[0]]
            report.node(
                index,
                "UPP301",
                f"{child.node_id} is its only child",
                hint="Merge the two, or add what is missing.",
            )
        elif len(children) > MAX_CHILDREN:
            report.node(
                index,
                "UPP302",
                f"it has {len(children)} children; at most {MAX_CHILDREN} are allowed",
                hint="Group them under nodes of the next level.",
            )
        elif not children and len(key) < len(("E", "F", "S", "T", "ST", "A")):
            report.node(
                index, "UPP303", "it has no children and is no atomic task", hint="Decompose it to atomics."
            )
