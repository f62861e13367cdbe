"""Decodes plans from JSON data, as `Plan.to_data` writes them; strict in keys and in types."""

from __future__ import annotations

from typing import Any

import attrs

from mosaic_hookspecs import Assumption, Check, Plan, PlanNode, Requirement, Span

from .json_document import JsonDocument
from .limits import require_node_count
from .record import Record

PLAN_VERSION = 1
"""The version of the JSON form, the value of ``mosaic_plan``."""

_PLAN_KEYS = frozenset({"mosaic_plan", *(field.name for field in attrs.fields(Plan))})
_NODE_KEYS = frozenset(field.name for field in attrs.fields(PlanNode))
_REQUIREMENT_KEYS = frozenset(field.name for field in attrs.fields(Requirement))
_CHECK_KEYS = frozenset(field.name for field in attrs.fields(Check))
_DEFAULT_TIMEOUT = 120.0


def decode_plan(document: JsonDocument) -> Plan:
    """Decode a whole plan. Raises `InputError`, located, for anything that is not as it should be."""
    record = Record(document, document.value)
    header = decode_header(record)
    nodes = record.records("nodes")
    require_node_count(len(nodes), document.path)
    return attrs.evolve(header, nodes=tuple(decode_node(node, node.text("node_id")) for node in nodes))


def decode_header(record: Record) -> Plan:
    """Decode all of a plan but its nodes."""
    version = record.integer("mosaic_plan")
    if version != PLAN_VERSION:
        raise record.error(
            "mosaic_plan" if version is not None else "",
            "not a Mosaic plan of a version that this Mosaic reads",
            expected=f'"mosaic_plan": {PLAN_VERSION}',
            got="nothing" if version is None else str(version),
        )
    record.reject_unknown(_PLAN_KEYS)
    return Plan(
        title=record.text("title"),
        goal=record.text("goal", ""),
        source=record.text("source", ""),
        source_digest=record.text("source_digest", ""),
        requirements=tuple(_requirement(item) for item in record.records("requirements")),
        summary=record.mapping("summary"),
        blueprint=record.mapping("blueprint"),
    )


def decode_node(record: Record, node_id: str, *, defaults: PlanNode | None = None) -> PlanNode:
    """Decode a node; keys that are absent take their value from `defaults`, where that is given."""
    record.reject_unknown(_NODE_KEYS)
    minutes = record.integer("minutes")
    line = record.integer("line") or 0
    values: dict[str, Any] = {
        "description": record.text("description", ""),
        "minutes": minutes,
        "depends_on": record.texts("depends_on"),
        "serves": record.texts("serves"),
        "checks": tuple(_check(check) for check in record.records("checks")),
        "owns": record.texts("owns"),
        "runtime": record.text("runtime", ""),
        "labels": record.texts("labels"),
        "work": record.mapping("work"),
        "assumptions": tuple(_assumption(item) for item in record.records("assumptions")),
        "origin": record.text("origin", ""),
        "done": record.boolean("done", False),
        "line": line,
    }
    if line < 0:
        raise record.error("line", "a line is not negative", got=str(line))
    if defaults is None:
        return PlanNode(node_id=node_id, title=record.text("title"), **values)
    if "title" in record.value:
        values["title"] = record.text("title")
    return attrs.evolve(defaults, **{key: value for key, value in values.items() if key in record.value})


def _requirement(record: Record) -> Requirement:
    record.reject_unknown(_REQUIREMENT_KEYS)
    span = record.record("span")
    return Requirement(
        requirement_id=record.text("requirement_id"),
        kind=record.text("kind"),
        text=record.text("text"),
        span=None if span is None else _span(span),
        data=record.mapping("data"),
    )


def _span(record: Record) -> Span:
    record.reject_unknown({"start", "end"})
    start, end = record.integer("start"), record.integer("end")
    if start is None or end is None or not 1 <= start <= end:
        raise record.error("", "not a span of lines", expected="start and end, 1 <= start <= end")
    return Span(start=start, end=end)


def _check(record: Record) -> Check:
    record.reject_unknown(_CHECK_KEYS)
    timeout = record.number("timeout_seconds")
    if timeout is not None and timeout <= 0:
        raise record.error("timeout_seconds", "a timeout is more than nothing", got=str(timeout))
    return Check(
        name=record.text("name"),
        uses=record.text("uses", "command"),
        parameters=record.mapping("parameters"),
        timeout_seconds=_DEFAULT_TIMEOUT if timeout is None else timeout,
    )


def _assumption(record: Record) -> Assumption:
    record.reject_unknown({"text", "rationale"})
    return Assumption(text=record.text("text"), rationale=record.text("rationale", ""))
