"""Gives every node an identifier of its own, changing as few as possible.

Owns which numbers are free: never one that a dangling dependency or an orphan's missing parent names,
since either would then silently mean another node.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from .outline import MAX_EPIC, MAX_NUMBER, Key, Outline, parse_key


@attrs.frozen(kw_only=True)
class Numbering:
    """New `keys` by node (None: the identifier cannot be understood and stays), the `order` of the
    tree, and the keys that are `reserved`.
    """

    keys: Sequence[Key | None]
    order: Sequence[int]
    reserved: frozenset[Key]


def number_nodes(outline: Outline) -> Numbering:
    """Number the nodes of a plan in the order of its tree."""
    reserved = _reserved(outline)
    keys: list[Key | None] = list(outline.keys)
    roots = [index for index, key in enumerate(outline.keys) if key and outline.parents[index] is None]
    order: list[int] = []
    stack = _number(outline, keys, roots, reserved)
    while stack:
        index = stack.pop()
        order.append(index)
        stack += _number(outline, keys, outline.children[index], reserved)
    if len({keys[index] for index in order}) == len(order):
        order.sort(key=lambda index: keys[index] or ())  # puts orphans where their identifiers say
    order += [index for index, key in enumerate(outline.keys) if key is None]
    return Numbering(keys=keys, order=order, reserved=reserved)


def _number(
    outline: Outline, keys: list[Key | None], siblings: Sequence[int], reserved: frozenset[Key]
) -> list[int]:
    """Number one group of siblings below its parent's new key; return them, the last first."""
    taken: set[Key] = set()
    late: list[int] = []
    for index in siblings:
        key, parent = outline.keys[index] or (), outline.parents[index]
        above = key[:-1] if parent is None else (keys[parent] or ())
        keys[index] = (*above, key[-1])
        if index in outline.repeats and (keys[index] in taken or outline.by_key[key] in siblings):
            late.append(index)
        else:
            taken.add((*above, key[-1]))
    for index in late:
        key = keys[index] or ()
        limit = MAX_NUMBER if len(key) > 1 else MAX_EPIC
        first = max((other[-1] for other in taken if other[:-1] == key[:-1]), default=0) + 1
        for number in [*range(first, limit + 1), *range(1, min(first, limit + 1))]:
            fresh = (*key[:-1], number)
            if fresh not in taken and fresh not in reserved:
                keys[index] = fresh
                break
        taken.add(keys[index] or ())
    return sorted(siblings, key=lambda index: (keys[index] or (), index), reverse=True)


def _reserved(outline: Outline) -> frozenset[Key]:
    dangling = {
        key
        for node in outline.plan.nodes
        for reference in node.depends_on
        if outline.resolve(reference) is None and (key := parse_key(reference)) is not None
    }
    for index, key in enumerate(outline.keys):
        if key is not None and outline.parents[index] is None:
            dangling.update(key[:length] for length in range(1, len(key)))
    return frozenset(dangling)
