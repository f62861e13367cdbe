"""The pieces of data that the compiler gives to tasks, about jobs and what they wait for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .document import Node
from .expressions.templates import TemplateError, asks_status, parse_condition
from .expressions.values import to_text
from .settling import Settler
from .workflow import Job, Workflow


def new_entry() -> dict[str, Any]:
    """Return the entry of a job of which nothing is known yet."""
    return {"tasks": [], "tolerated": [], "calls": []}


def tasks_of(entry: Mapping[str, Any] | None) -> Sequence[str]:
    """Return the tasks that a job became."""
    return entry["tasks"] if entry else ()


def ancestors_of(workflow: Workflow, job: Job) -> Sequence[str]:
    """Return every job that a job waits for, directly or not."""
    found: dict[str, None] = {}
    queue = list(job.needs)
    while queue:
        name = queue.pop()
        if name not in found:
            found[name] = None
            queue.extend(workflow.jobs[name].needs)
    return list(found)


def condition_asks_status(condition: Node | None) -> bool:
    """Whether a job's condition calls a status function."""
    if condition is None or condition.kind != "text":
        return False
    try:
        return asks_status(parse_condition(condition.value))
    except TemplateError:
        return False


def condition_data(
    job: Job, here: Settler, entries: Mapping[str, Any], ancestors: Sequence[Sequence[Any]]
) -> dict[str, Any]:
    """Return what a task needs to evaluate the condition of a job or of a call."""
    condition = job.node.get("if")
    return {
        "if": condition.raw if condition else "",
        "matrix": here.combination,
        "strategy": here.strategy_data,
        "needs": {name: entries[name] for name in job.needs if name in entries},
        "ancestors": list(ancestors),
    }


def defaults_of(root: Node) -> Mapping[str, str]:
    """Return a workflow's ``defaults.run``."""
    defaults = root.get("defaults")
    run = defaults.get("run") if defaults else None
    return {key: to_text(node.value) for key, node in run.items()} if run else {}


def data_of(node: Node | None) -> Any:
    """Return a value as JSON data; an empty object where there is none."""
    return node.data() if node else {}
