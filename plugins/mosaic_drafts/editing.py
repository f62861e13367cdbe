"""Carries out edits on a plan, one after the other; each sees what the one before left.

Owns the sentence that says what an edit did. Refuses, with words and place, what cannot be; what merely should
not be (a cycle, a missing estimate) is done, and the linter says so: people edit through wrong states.
"""

from __future__ import annotations

import difflib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import attrs
import trio

from mosaic_hookspecs import InputError, NotFound, Plan, PlanNode, Refused

from . import planting
from .checking import checks_of
from .edits import Edit, require_sound
from .tree import NEW, Tree

Repair = Callable[[Plan], Awaitable[Plan]]
_PLANTING: Mapping[str, Callable[[Tree, Edit, str], None]] = {
    "add_node": planting.add,
    "remove_node": planting.remove,
    "move_node": planting.move,
    "split_node": planting.split,
}
_SHOWN = 60


@attrs.frozen(kw_only=True)
class Edited:
    """A plan after some edits, and what they did in words. `renumbered` maps identifiers of before to those of
    now; `added` are new nodes.
    """

    plan: Plan
    words: str
    renumbered: Mapping[str, str]
    added: Sequence[str]


async def edited(plan: Plan, edits: Sequence[Edit], repair: Repair) -> Edited:
    """Carry out edits; all of them, or none.

    Args:
        plan: what to change.
        edits: what to do, in order.
        repair: mends what is mechanical, for the edit ``fix``.

    Raises:
        InputError: an edit is not sound, or names what is not there. Refused: it cannot be done.
    """
    if not edits:
        raise InputError("bad-edit", "there is nothing to do", where="edits", expected="at least one edit")
    renumbered: dict[str, str] = {node.node_id: node.node_id for node in plan.nodes}
    added: list[str] = []
    words: list[str] = []
    for index, edit in enumerate(edits):
        place = f"edits[{index}]"
        require_sound(edit, place)
        words.append(_words(plan, edit))
        if edit.kind == "fix":
            plan = await repair(plan)
            renumbered, added = {}, []
            continue
        if edit.kind not in _PLANTING:
            plan = _changed(plan, edit, place)
            continue
        gone = _below(plan, edit.node) if edit.kind == "remove_node" else ()
        plan, moved = await trio.to_thread.run_sync(_planted, plan, edit, place)
        renumbered = {old: moved.get(now, now) for old, now in renumbered.items() if now not in gone}
        added = [moved.get(name, name) for name in added if name not in gone]
        added += [name for old, name in moved.items() if old.startswith(NEW)]
    return Edited(
        plan=plan,
        words=words[0] if len(words) == 1 else f"{words[0]}, and {len(words) - 1} more",
        renumbered={old: now for old, now in renumbered.items() if old != now},
        added=added,
    )


def _below(plan: Plan, node_id: str) -> Sequence[str]:
    """Return the identifiers of a node and of all below it."""
    groups = node_id.partition(".")[2]
    names = [node.node_id for node in plan.nodes]
    return [name for name in names if f"{name.partition('.')[2]}.".startswith(f"{groups}.")]


def _planted(plan: Plan, edit: Edit, place: str) -> tuple[Plan, Mapping[str, str]]:
    for name in ("node", "parent"):
        if getattr(edit, name):
            require_node(plan, getattr(edit, name), f"{place}.{name}")
    _require_requirements(plan, edit, place)
    tree = Tree(plan)
    _PLANTING[edit.kind](tree, edit, place)
    return tree.plan(place)


def _changed(plan: Plan, edit: Edit, place: str) -> Plan:
    if edit.kind == "rename" and not edit.node:
        return attrs.evolve(plan, title=edit.title.strip())
    node = require_node(plan, edit.node, f"{place}.node")
    change = _CHANGES[edit.kind](plan, node, edit, place)
    nodes = tuple(attrs.evolve(one, **change) if one is node else one for one in plan.nodes)
    return attrs.evolve(plan, nodes=nodes)


def require_node(plan: Plan, node_id: str, where: str) -> PlanNode:
    """Return the node of that name.

    Raises:
        NotFound: there is none; the hint names the nearest. Refused: there are two.
    """
    found = [node for node in plan.nodes if node.node_id == node_id]
    if not found:
        near = difflib.get_close_matches(node_id, [node.node_id for node in plan.nodes], 1)
        raise NotFound(
            "unknown-node",
            "there is no such node in the plan",
            where=where,
            got=repr(node_id)[:80],
            hint=f"Did you mean {near[0]}?" if near else "",
        )
    if len(found) > 1:
        raise Refused(
            "ambiguous-node",
            f"{len(found)} nodes of the plan are called {node_id}",
            where=where,
            hint="Renumber them with the edit `fix` first.",
        )
    return found[0]


def _require_requirements(plan: Plan, edit: Edit, place: str) -> None:
    known = [one.requirement_id for one in plan.requirements]
    for name in edit.serves:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            raise NotFound(
                "unknown-requirement",
                "there is no such requirement in the plan",
                where=f"{place}.serves",
                got=repr(name)[:80],
                hint=f"Did you mean {near[0]}?"
                if near
                else "The plan has no requirements."
                if not known
                else "",
            )


def _add_dependency(plan: Plan, node: PlanNode, edit: Edit, place: str) -> Mapping[str, Any]:
    require_node(plan, edit.on, f"{place}.on")
    if edit.on in node.depends_on:
        raise Refused("already-there", f"{edit.node} depends on {edit.on} already", where=f"{place}.on")
    return {"depends_on": (*node.depends_on, edit.on)}


def _remove_dependency(plan: Plan, node: PlanNode, edit: Edit, place: str) -> Mapping[str, Any]:
    if edit.on not in node.depends_on:
        raise NotFound(
            "no-dependency",
            f"{edit.node} does not depend on {edit.on}",
            where=f"{place}.on",
            expected=", ".join(node.depends_on) or "nothing: it depends on no node",
            hint="It may follow from a node that one of the two is part of.",
        )
    return {"depends_on": tuple(name for name in node.depends_on if name != edit.on)}


def _serves(plan: Plan, node: PlanNode, edit: Edit, place: str) -> Mapping[str, Any]:
    _require_requirements(plan, edit, place)
    return {"serves": tuple(dict.fromkeys(edit.serves))}


_CHANGES: Mapping[str, Callable[[Plan, PlanNode, Edit, str], Mapping[str, Any]]] = {
    "add_dependency": _add_dependency,
    "remove_dependency": _remove_dependency,
    "rename": lambda *asked: {"title": asked[2].title.strip()},
    "describe": lambda *asked: {"description": asked[2].text},
    "set_minutes": lambda *asked: {"minutes": asked[2].minutes},
    "set_labels": lambda *asked: {"labels": tuple(dict.fromkeys(asked[2].labels))},
    "set_runtime": lambda *asked: {"runtime": asked[2].runtime.strip()},
    "set_serves": _serves,
    "set_checks": lambda *asked: {"checks": tuple(checks_of(asked[2].checks, asked[1].checks))},
}


def _words(plan: Plan, edit: Edit) -> str:
    """Say what an edit does, for whoever undoes it."""
    title = next((node.title for node in plan.nodes if node.node_id == edit.node), "")
    subject = f"“{_short(title)}”" if title else edit.node
    return {
        "add_dependency": f"let {subject} wait for {edit.on}",
        "remove_dependency": f"let {subject} not wait for {edit.on}",
        "rename": f"rename {subject or 'the plan'} to “{_short(edit.title)}”",
        "describe": f"describe {subject}",
        "set_minutes": f"estimate {subject} at {edit.minutes} minutes"
        if edit.minutes
        else f"take the estimate of {subject} away",
        "set_labels": f"change the labels of {subject}",
        "set_runtime": f"change the agent of {subject}",
        "set_serves": f"change what {subject} serves",
        "set_checks": f"change the checks of {subject}",
        "add_node": f"add “{_short(edit.title)}”",
        "remove_node": f"remove {subject}",
        "move_node": f"move {subject}",
        "split_node": f"split {subject} into {edit.parts}",
        "fix": "repair what is mechanical",
    }[edit.kind]


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= _SHOWN else f"{words[: _SHOWN - 1]}…"
