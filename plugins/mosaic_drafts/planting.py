"""The edits that change a plan's tree: adding, removing, moving and splitting nodes.

Owns what becomes of dependencies: who waited for a node that is removed waits for what that one waited for, and
who waited for an atomic that is split waits for its last part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from mosaic_hookspecs import PlanNode, Refused

from .checking import checks_of
from .edits import Edit
from .tree import MAX_DEPTH, NEW, Branch, Tree

_WORDS = "general"
_MACHINE = frozenset({"run", "argv"})


def add(tree: Tree, edit: Edit, place: str) -> None:
    """Put a new node below another."""
    node = PlanNode(
        node_id=NEW,
        title=edit.title.strip(),
        description=edit.text,
        minutes=edit.minutes,
        labels=tuple(edit.labels),
        runtime=edit.runtime.strip(),
        serves=tuple(edit.serves),
        checks=tuple(checks_of(edit.checks, ())),
    )
    tree.put_in(Branch(node, None, None), tree.find(edit.parent), edit.position, place)


def remove(tree: Tree, edit: Edit, place: str) -> None:
    """Take a node away, with all below it."""
    branch = tree.find(edit.node)
    gone = {one.node.node_id for one in branch.walk()}
    instead: dict[str, Sequence[str]] = {}
    for one in branch.walk():
        inherited = instead.get(one.parent.node.node_id, ()) if one.parent else ()
        own = [name for name in one.node.depends_on if name not in gone]
        instead[one.node.node_id] = tuple(dict.fromkeys([*own, *inherited]))
    tree.take_out(branch)
    for one in tree.branches():
        if not gone.isdisjoint(one.node.depends_on):
            one.node = attrs.evolve(one.node, depends_on=_bridged(one, instead))


def _bridged(branch: Branch, instead: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """Return what a branch depends on when some of it is gone; never what it is part of, or itself."""
    own = {one.node.node_id for one in (branch, *branch.above())}
    names: dict[str, None] = {}
    for name in branch.node.depends_on:
        names.update(dict.fromkeys(one for one in instead.get(name, (name,)) if one == name or one not in own))
    return tuple(names)


def move(tree: Tree, edit: Edit, place: str) -> None:
    """Put a node elsewhere, with all below it."""
    branch, parent = tree.find(edit.node), tree.find(edit.parent)
    if parent is branch or branch in parent.above():
        raise Refused(
            "within-itself",
            "a node cannot be moved to below itself",
            where=f"{place}.parent",
            got=edit.parent,
            hint="Name a parent that is not part of it.",
        )
    tree.take_out(branch)
    tree.put_in(branch, parent, edit.position, place)


def split(tree: Tree, edit: Edit, place: str) -> None:
    """Make several parts of a leaf, each waiting for the one before; the last is checked, and owns what the
    leaf owned. The parts of an atomic stand beside each other, those of any other leaf below it.
    """
    branch = tree.find(edit.node)
    if branch.children:
        raise Refused(
            "not-a-leaf",
            "only a leaf can be split",
            where=f"{place}.node",
            got=f"{edit.node}, which has {len(branch.children)} children",
            hint="Move some of its children to a new node.",
        )
    if branch.node.work.get("kind", _WORDS) != _WORDS or not _MACHINE.isdisjoint(branch.node.work):
        raise Refused(
            "not-divisible",
            "its work is a machine's, which would do each part whole",
            where=f"{place}.node",
            got=edit.node,
            hint="Add a node for what is to be done apart from it.",
        )
    is_atomic = branch.depth() == MAX_DEPTH
    parts = _parts(branch.node, edit.parts, is_atomic=is_atomic)
    parent, position = branch, 0
    if is_atomic and branch.parent is not None:
        parent, position = branch.parent, branch.parent.children.index(branch) + 1
        branch.node, *parts = parts
    else:
        node = branch.node
        branch.node = attrs.evolve(node, minutes=None, checks=(), serves=(), owns=(), assumptions=(), work={})
    for offset, part in enumerate(parts):
        tree.put_in(Branch(part, None, None), parent, position + offset, place)
    if is_atomic:
        last = parts[-1].node_id
        for one in tree.branches():
            if edit.node in one.node.depends_on and one.node.node_id != parts[0].node_id:
                names = [last if name == edit.node else name for name in one.node.depends_on]
                one.node = attrs.evolve(one.node, depends_on=tuple(names))


def _parts(node: PlanNode, count: int, *, is_atomic: bool) -> list[PlanNode]:
    total = node.minutes
    parts: list[PlanNode] = []
    for number in range(1, count + 1):
        is_last = number == count
        share = None if total is None else max(1, total * number // count - total * (number - 1) // count)
        before = (parts[-1].node_id,) if parts else tuple(node.depends_on) if is_atomic else ()
        parts.append(
            attrs.evolve(
                node,
                node_id=node.node_id if is_atomic and number == 1 else f"{NEW}{number}",
                title=f"{node.title} (part {number} of {count})",
                minutes=share,
                depends_on=before,
                checks=node.checks if is_last else (),
                owns=node.owns if is_last else (),
                assumptions=node.assumptions if number == 1 else (),
                origin="",
            )
        )
    return parts
