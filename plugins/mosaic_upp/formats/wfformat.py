"""WfFormat 1.5, the JSON of recorded scientific workflows (WfCommons).

Every task becomes a leaf that runs a no-op by default: the recorded command belongs to a machine that
is not here. What was recorded stays in the description, in words.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from mosaic_hookspecs import Plan, digest, find_cycle, topological_order

from .json_document import load_json
from .limits import require_node_count
from .record import Record
from .tree_builder import Item, build_tree

VERSION = "1.5"
NO_OPERATION = "true"
_SECONDS = 60


class WfFormat:
    """Reads specification and execution of a workflow; writes the specification and the estimates."""

    name = "wfformat"

    def recognises(self, text: str, path: str) -> bool:
        """Whether `text` is an object with a schema version and a workflow's specification."""
        is_object = text.lstrip("\ufeff \t\r\n").startswith("{")
        return is_object and '"schemaVersion"' in text and '"workflow"' in text and '"specification"' in text

    def read(self, text: str, path: str) -> Plan:
        """Read a plan. Raises `InputError`, located: for malformed data, an unknown or a repeated task,
        parents and children that contradict each other, and cycles.
        """
        document = load_json(text, path)
        root = Record(document, document.value)
        if root.text("schemaVersion") != VERSION:
            raise root.error(
                "schemaVersion",
                "another version of WfFormat",
                expected=VERSION,
                got=root.text("schemaVersion")[:40],
            )
        workflow = _demand(root, "workflow")
        tasks = _demand(workflow, "specification").records("tasks")
        if not tasks:
            raise workflow.error("specification", "there are no tasks", expected='"tasks"')
        require_node_count(len(tasks), path)
        records = _by_id(tasks)
        graph = _graph(records)
        order = topological_order(graph)
        if len(order) < len(graph):
            cycle = find_cycle(graph)
            drawn = " → ".join([*(name[:60] for name in cycle[:12]), cycle[0][:60]])
            raise records[cycle[0]].error("parents", f"tasks wait for one another: {drawn}")
        executions = _executions(workflow, records)
        items = [_item(records[name], graph[name], executions.get(name)) for name in order]
        title = root.text("name", "") or "Workflow"
        return Plan(
            title=title,
            goal=root.text("description", ""),
            source=path,
            source_digest=digest(text.encode("utf-8", "surrogatepass")) if path else "",
            nodes=tuple(build_tree(title, items, path)),
        )

    def write(self, plan: Plan) -> str:
        """Write the leaves as tasks. A dependency on an inner node is one on each leaf below it."""
        from .leaf_graph import leaf_graph

        graph = leaf_graph(plan)
        leaves = {node.node_id: node for node in plan.leaves()}
        children: dict[str, list[str]] = {name: [] for name in graph}
        for name, needs in graph.items():
            for need in needs:
                children[need].append(name)
        tasks = [
            {"name": leaves[name].title, "id": name, "parents": list(needs), "children": children[name]}
            for name, needs in graph.items()
        ]
        execution = [
            {
                "id": name,
                "runtimeInSeconds": (node.minutes or 0) * _SECONDS,
            }
            for name, node in leaves.items()
        ]
        data = {
            "name": plan.title,
            "description": plan.goal,
            "schemaVersion": VERSION,
            "workflow": {"specification": {"tasks": tasks}, "execution": {"tasks": execution}},
        }
        return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _demand(record: Record, key: str) -> Record:
    found = record.record(key)
    if found is None:
        raise record.error("", f"the key {key!r} is missing", expected="an object")
    return found


def _by_id(tasks: Any) -> dict[str, Record]:
    records: dict[str, Record] = {}
    for record in tasks:
        name = record.text("id")
        if name in records:
            raise record.error(
                "id", f"two tasks have the identifier {name[:60]!r}", expected="unique identifiers"
            )
        records[name] = record
    return records


def _graph(records: Mapping[str, Record]) -> dict[str, tuple[str, ...]]:
    graph = {name: tuple(dict.fromkeys(record.texts("parents"))) for name, record in records.items()}
    children = {name: frozenset(record.texts("children")) for name, record in records.items()}
    parents = {name: frozenset(needs) for name, needs in graph.items()}
    for name, record in records.items():
        for key, others, back in (("parents", graph[name], children), ("children", children[name], parents)):
            for other in others:
                if other not in records:
                    raise record.error(
                        key, f"{name[:60]!r} names a task that is not there", got=repr(other[:60])
                    )
                if name not in back[other]:
                    opposite = "children" if key == "parents" else "parents"
                    raise record.error(
                        key,
                        f"{name[:60]!r} has {other[:60]!r} among its {key}, but is not among its {opposite}",
                        expected="parents and children that agree",
                    )
    return graph


def _executions(workflow: Record, records: Mapping[str, Record]) -> dict[str, Record]:
    execution = workflow.record("execution")
    found: dict[str, Record] = {}
    for record in execution.records("tasks") if execution else ():
        name = record.text("id")
        if name not in records:
            raise record.error("id", "the execution names a task that is not there", got=repr(name[:60]))
        found[name] = record
    return found


def _item(record: Record, parents: tuple[str, ...], execution: Record | None) -> Item:
    recorded: list[str] = []
    minutes = None
    if execution is not None:
        command = execution.record("command")
        if command is not None:
            program = command.text("program", "")
            recorded.append("Recorded command: " + " ".join((program, *command.texts("arguments"))))
        seconds = execution.number("runtimeInSeconds")
        if seconds is not None:
            if seconds < 0:
                raise execution.error("runtimeInSeconds", "a runtime is not negative", got=str(seconds))
            minutes = max(1, math.ceil(seconds / _SECONDS))
            recorded.append(f"Recorded runtime: {seconds:g} s")
    name = record.text("id")
    return Item(
        title=record.text("name", "") or name,
        origin=name,
        description="\n".join(recorded),
        minutes=minutes,
        depends_on=parents,
        runtime="command",
        work={"run": NO_OPERATION},
        line=0,
    )
