"""Repairs what is mechanical: identifiers, order, oversized leaves, and figures of the summary.

Refuses to invent: an orphan keeps waiting for its parent, and no estimate, check or title is made up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from mosaic_hookspecs import Plan, PlanNode

from .numbering import Numbering, number_nodes
from .outline import MAX_DEPTH, MAX_NUMBER, Key, Outline, is_well_formed, make_outline, write_key
from .oversize import find_splits
from .wording import summary_repairs


def fix_plan(plan: Plan) -> Plan:
    """Repair a plan; the same plan comes back where there is nothing to repair."""
    outline = make_outline(plan)
    numbering = number_nodes(outline)
    splits = find_splits(outline)
    keys, extra = _make_room(outline, numbering, splits)
    names = [
        write_key(key) if key is not None else node.node_id for key, node in zip(keys, plan.nodes, strict=True)
    ]
    ends = {
        index: write_key(parts[-1])
        for index, parts in extra.items()
        if len(outline.keys[index] or ()) == MAX_DEPTH
    }
    nodes: list[PlanNode] = []
    known = frozenset(requirement.requirement_id for requirement in plan.requirements)
    for index in _order(outline, numbering, keys):
        node = _rewrite(outline, index, names, ends)
        nodes += _split(node, extra[index], known) if index in extra else [node]
    fixed = attrs.evolve(plan, nodes=tuple(nodes))
    repairs = summary_repairs(make_outline(fixed))
    if repairs:
        fixed = attrs.evolve(fixed, summary={**plan.summary, **repairs})
    return fixed


def _order(outline: Outline, numbering: Numbering, keys: Sequence[Key | None]) -> Sequence[int]:
    well_formed = all(
        is_well_formed(node.node_id, key) for node, key in zip(outline.plan.nodes, keys, strict=True)
    )
    is_sorted = well_formed and not outline.repeats and list(numbering.order) == list(range(len(keys)))
    return range(len(keys)) if is_sorted else numbering.order


def _make_room(
    outline: Outline, numbering: Numbering, splits: Mapping[int, int]
) -> tuple[Sequence[Key | None], Mapping[int, Sequence[Key]]]:
    """Give each part of a split leaf a key, and move the siblings that stand behind it."""
    keys = list(numbering.keys)
    extra: dict[int, Sequence[Key]] = {}
    for parent in dict.fromkeys(outline.parents[index] for index in splits):
        siblings = (
            [index for index in splits if outline.parents[index] is None]
            if parent is None
            else outline.children[parent]
        )
        siblings = sorted(siblings, key=lambda index: keys[index] or ())
        if len(outline.keys[siblings[0]] or ()) < MAX_DEPTH:
            for index in set(siblings) & set(splits):
                extra[index] = _below(keys[index] or (), splits[index], numbering.reserved)
            continue
        moved = _spread(siblings, keys, splits, numbering.reserved)
        if moved is not None:
            for index, parts in moved.items():
                keys[index] = parts[0]
                if len(parts) > 1:
                    extra[index] = parts
    return keys, {index: parts for index, parts in extra.items() if parts}


def _below(key: Key, count: int, reserved: frozenset[Key]) -> Sequence[Key]:
    free = ((*key, number) for number in range(1, MAX_NUMBER + 1) if (*key, number) not in reserved)
    return [found for found, _ in zip(free, range(count), strict=False)]


def _spread(
    siblings: Sequence[int], keys: Sequence[Key | None], splits: Mapping[int, int], reserved: frozenset[Key]
) -> Mapping[int, Sequence[Key]] | None:
    above = (keys[siblings[0]] or ())[:-1]
    previous = 0
    moved: dict[int, list[Key]] = {}
    for index in siblings:
        moved[index] = []
        for part in range(splits.get(index, 1)):
            number = max(previous + 1, (keys[index] or (0,))[-1] if part == 0 else 0)
            while (*above, number) in reserved:
                number += 1
            moved[index].append((*above, number))
            previous = number
    return moved if previous <= MAX_NUMBER else None


def _rewrite(outline: Outline, index: int, names: Sequence[str], ends: Mapping[int, str]) -> PlanNode:
    node = outline.plan.nodes[index]
    depends_on: list[str] = []
    for reference in node.depends_on:
        target = outline.resolve(reference)
        depends_on.append(reference if target is None else ends.get(target, names[target]))
    is_renamed = names[index] != node.node_id
    return attrs.evolve(
        node,
        node_id=names[index],
        depends_on=tuple(depends_on),
        origin=node.origin or (node.node_id if is_renamed else ""),
    )


def _split(node: PlanNode, keys: Sequence[Key], known: frozenset[str]) -> list[PlanNode]:
    """Make the parts of a leaf: chained, the last one checked and the owner of what the leaf owned."""
    total, count = node.minutes or 0, len(keys)
    is_atomic = len(keys[0]) == len(node.node_id.split(".")) - 1
    nodes = (
        [] if is_atomic else [attrs.evolve(node, minutes=None, checks=(), serves=(), owns=(), assumptions=())]
    )
    before = node.depends_on if is_atomic else ()
    for position, key in enumerate(keys):
        is_last = position == count - 1
        part = attrs.evolve(
            node,
            node_id=write_key(key),
            title=f"{node.title.rstrip()} (part {position + 1} of {count})".lstrip(),
            minutes=total * (position + 1) // count - total * position // count,
            depends_on=before,
            checks=node.checks if is_last else (),
            owns=node.owns if is_last else (),
            serves=node.serves if is_last else tuple(name for name in node.serves if name in known),
            assumptions=() if position else node.assumptions,
        )
        nodes.append(part)
        before = (part.node_id,)
    return nodes
