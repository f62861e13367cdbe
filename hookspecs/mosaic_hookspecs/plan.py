"""Plans: requirements, the UPP tree of nodes, and where each came from.

Owns the values. Refuses to judge them: the linter's findings are made by a planning provider.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs.checks import Check
from mosaic_hookspecs.data import JsonObject
from mosaic_hookspecs.identifiers import Level, level_of, parent_of


@attrs.frozen(kw_only=True)
class Span:
    """Lines `start` to `end` of a source document, 1-based, both included."""

    start: int
    end: int


@attrs.frozen(kw_only=True)
class Requirement:
    """One thing that the source document asks for.

    `kind` is one of ``story, feature, endpoint, model, page, test, quality, criterion, milestone,
    documentation``. `data` holds what the reader understood of it: for a ``model`` an
    `mosaic_hookspecs.blueprint.Entity` as data, for an ``endpoint`` ``method`` and ``path``.
    """

    requirement_id: str
    kind: str
    text: str
    span: Span | None = None
    data: JsonObject = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Assumption:
    """A guess that the planner made, and why; shown to people as ``ASSUMPTION``."""

    text: str
    rationale: str


@attrs.frozen(kw_only=True)
class PlanNode:
    """One node of the UPP tree. Its level and its parent follow from `node_id`.

    `minutes` is the estimate of a leaf (None: not estimated). `depends_on` names nodes; to depend on
    an inner node is to depend on all its leaves. `serves` names requirements. `owns` names the
    contracts (files, tables, routes) that this node alone defines. `runtime` names an agent ("":
    any that has all `labels`). `work` is what the agent gets beside the words: see
    `mosaic_hookspecs.blueprint` for what the scaffold agent reads. `origin` is the identifier that
    the node had in the document it was imported from, `line` its line there (0: none).
    """

    node_id: str
    title: str
    description: str = ""
    minutes: int | None = None
    depends_on: Sequence[str] = ()
    serves: Sequence[str] = ()
    checks: Sequence[Check] = ()
    owns: Sequence[str] = ()
    runtime: str = ""
    labels: Sequence[str] = ()
    work: JsonObject = attrs.field(factory=dict)
    assumptions: Sequence[Assumption] = ()
    origin: str = ""
    done: bool = False
    line: int = 0

    @property
    def level(self) -> Level:
        """The level that the identifier states."""
        return level_of(self.node_id)

    @property
    def parent_id(self) -> str | None:
        """The parent's identifier; None for an epic."""
        return parent_of(self.node_id)


@attrs.frozen(kw_only=True)
class Plan:
    """A whole plan. `nodes` stand in document order, each parent before its children.

    `source` is the path of the document that was planned ("": a goal in a sentence), and
    `source_digest` its content's digest. `summary` is what an imported document says of itself
    (``atomics``: 72, …), for the linter to compare. `blueprint` is a
    `mosaic_hookspecs.blueprint.Blueprint` as data where the planner understood a service.
    """

    title: str
    goal: str = ""
    source: str = ""
    source_digest: str = ""
    requirements: Sequence[Requirement] = ()
    nodes: Sequence[PlanNode] = ()
    summary: JsonObject = attrs.field(factory=dict)
    blueprint: JsonObject = attrs.field(factory=dict)

    def children(self) -> Mapping[str, Sequence[PlanNode]]:
        """Map each node's identifier to its children, in document order; epics stand under ``""``."""
        tree: dict[str, list[PlanNode]] = {"": []}
        for node in self.nodes:
            tree.setdefault(node.parent_id or "", []).append(node)
        return tree

    def leaves(self) -> Sequence[PlanNode]:
        """Return the nodes that have no children, in document order."""
        parents = {node.parent_id for node in self.nodes}
        return [node for node in self.nodes if node.node_id not in parents]

    def to_data(self) -> dict[str, Any]:
        """Return the plan as JSON data; fields that hold their default are left out."""
        return {"mosaic_plan": 1, **_to_data(self)}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Plan:
        """Build a plan from what `to_data` returned (decode users' files with cattrs instead)."""
        values = {key: value for key, value in data.items() if key != "mosaic_plan"}
        values["requirements"] = tuple(
            Requirement(**{**item, "span": Span(**item["span"]) if item.get("span") else None})
            for item in data.get("requirements", ())
        )
        values["nodes"] = tuple(_node_from_data(item) for item in data.get("nodes", ()))
        return cls(**values)


def _node_from_data(data: Mapping[str, Any]) -> PlanNode:
    values = dict(data)
    values["checks"] = tuple(Check.from_data(check) for check in data.get("checks", ()))
    values["assumptions"] = tuple(Assumption(**item) for item in data.get("assumptions", ()))
    for name in ("depends_on", "serves", "owns", "labels"):
        values[name] = tuple(data.get(name, ()))
    return PlanNode(**values)


def _to_data(record: Any) -> Any:
    if attrs.has(type(record)):
        return {
            field.name: _to_data(value)
            for field in attrs.fields(type(record))
            if (value := getattr(record, field.name)) not in (field.default, (), {}, [])
        }
    if isinstance(record, Mapping):
        return dict(record)
    if isinstance(record, (tuple, list)):
        return [_to_data(item) for item in record]
    return record
