"""From an outline to a plan: identifiers by position, keys to identifiers, commands to checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from mosaic_hookspecs import Assumption, Check, InputError, Plan, PlanNode, Requirement, Span, make_identifier

from .decoding import DEEPEST, MOST, Changes, Malformed, walk
from .outline import Branch, Outline


@attrs.frozen(kw_only=True)
class Numbered:
    """A plan, and the key that each of its nodes has in the outline."""

    plan: Plan
    keys: Mapping[str, str]


def numbered(outline: Outline, *, source: str = "", digest: str = "") -> Numbered:
    """Return the outline as a plan. What does not hold (unknown keys, missing checks) is left for the linter.

    Raises:
        Malformed: two nodes have one key, or a node is deeper than there are levels.
    """
    identifiers: dict[str, str] = {}
    found: list[tuple[str, Branch]] = []

    def number(branches: Sequence[Branch], above: tuple[int, ...]) -> None:
        for position, branch in enumerate(branches, 1):
            groups = (*above, position)
            try:
                node_id = make_identifier(groups)
            except InputError as error:
                raise Malformed(f"{branch.key!r} is too deep, or one of too many children") from error
            if branch.key in identifiers:
                raise Malformed(f"two nodes have the key {branch.key!r}; give each its own")
            identifiers[branch.key] = node_id
            found.append((node_id, branch))
            number(branch.children, groups)

    number(outline.nodes, ())
    plan = Plan(
        title=outline.title or outline.goal[:80] or "Plan",
        goal=outline.goal,
        source=source,
        source_digest=digest,
        requirements=tuple(
            Requirement(
                requirement_id=need.id,
                kind=need.kind,
                text=need.text,
                span=Span(start=need.lines[0], end=need.lines[1]) if need.lines else None,
            )
            for need in outline.requirements
        ),
        nodes=tuple(_node(node_id, branch, identifiers) for node_id, branch in found),
    )
    return Numbered(plan=plan, keys={node_id: branch.key for node_id, branch in found})


def _node(node_id: str, branch: Branch, identifiers: Mapping[str, str]) -> PlanNode:
    is_leaf = not branch.children
    return PlanNode(
        node_id=node_id,
        title=branch.title,
        description=branch.description,
        minutes=branch.minutes if is_leaf else None,
        depends_on=tuple(dict.fromkeys(identifiers.get(key, key) for key in branch.needs)),
        serves=branch.serves if is_leaf else (),
        checks=tuple(_check(command) for command in branch.checks) if is_leaf else (),
        owns=branch.owns,
        labels=branch.labels if is_leaf else (),
        assumptions=tuple(Assumption(text=text, rationale=why) for text, why in branch.assumptions),
    )


def _check(command: str) -> Check:
    line = " ".join(command.split())
    return Check(name=line if len(line) <= 80 else f"{line[:77]}...", parameters={"run": command})  # noqa: PLR2004 - a line


def changed(outline: Outline, changes: Changes) -> Outline:
    """Return the outline after `changes`.

    Raises:
        Malformed: a change names a key that is not there, or puts a node below itself.
    """
    known = {branch.key for root in outline.nodes for branch in walk(root)}
    named = [*changes.remove, *(node.key for node in changes.replace), *(node for node, _ in changes.depend)]
    named += [addition.under for addition in changes.add if addition.under]
    added = {branch.key for addition in changes.add for branch in walk(addition.node)}
    if unknown := [key for key in named if key not in known | added]:
        raise Malformed(f"there is no node with the key {', '.join(map(repr, unknown[:5]))}")
    replacing = {node.key: node for node in changes.replace}
    needs = dict(changes.depend)
    removed = set(changes.remove)

    under: dict[str, list[Branch]] = {}
    for addition in changes.add:
        under.setdefault(addition.under, []).append(addition.node)
    made = 0

    def rebuilt(branch: Branch, depth: int = 1) -> Branch:
        nonlocal made
        made += 1
        if depth > DEEPEST or made > MOST:
            raise Malformed(
                f"{branch.key!r}: the changes put a node below itself, or make the plan deeper than {DEEPEST} "
                f"levels or larger than {MOST} nodes"
            )
        branch = replacing.get(branch.key, branch)
        below = (*branch.children, *under.get(branch.key, ()))
        children = [rebuilt(child, depth + 1) for child in below if child.key not in removed]
        more = tuple(need for need in needs.get(branch.key, ()) if need not in branch.needs)
        return attrs.evolve(branch, children=tuple(children), needs=(*branch.needs, *more))

    top = under.get("", ())
    nodes = [rebuilt(branch) for branch in (*outline.nodes, *top) if branch.key not in removed]
    return attrs.evolve(outline, nodes=tuple(nodes))
