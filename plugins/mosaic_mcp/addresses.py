"""The addresses of resources: templates with ``{names}``, matched and filled in; and the built-in ones."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import quote, unquote

from .settings import ResourceEntry

_NAME = re.compile(r"\{([A-Za-z_][A-Za-z0-9_]*)\}")

RUNS = "mosaic://runs"
RUN = "mosaic://runs/{run_id}"
TASKS = f"{RUN}/tasks"
TASK = f"{TASKS}/{{task_id}}"
EVIDENCE = f"{TASK}/evidence"
LOG = f"{TASK}/log"

BUILT_IN: Sequence[ResourceEntry] = (
    ResourceEntry(uri=RUNS, operation="run.list", name="runs", description="The newest runs."),
    ResourceEntry(uri=RUN, operation="run.show", name="run", description="How a run stands."),
    ResourceEntry(uri=TASKS, operation="task.list", name="tasks", description="The tasks of a run, in order."),
    ResourceEntry(
        uri=TASK, operation="task.show", name="task", description="A task: what it asks for and what it gave."
    ),
    ResourceEntry(
        uri=EVIDENCE,
        operation="task.show",
        field="attempts",
        name="evidence",
        description="A task's attempts, with what its acceptance checks found.",
    ),
    ResourceEntry(
        uri=LOG,
        operation="task.logs",
        field="text",
        name="log",
        mime_type="text/plain",
        description="What the newest attempt at a task, and its checks, printed.",
    ),
)


def names_in(template: str) -> tuple[str, ...]:
    """Return the names that a template asks for; none: it is an address."""
    return tuple(_NAME.findall(template))


def matched(template: str, uri: str) -> dict[str, str] | None:
    """Return what the names of a template stand for in an address; None if the address is not of its kind."""
    pattern = "".join(
        f"(?P<{part}>[^/]+)" if index % 2 else re.escape(part)
        for index, part in enumerate(_NAME.split(template))
    )
    found = re.fullmatch(pattern, uri)
    return None if found is None else {name: unquote(value) for name, value in found.groupdict().items()}


def filled(template: str, values: Mapping[str, str]) -> str:
    """Return the address for these values."""
    return _NAME.sub(lambda found: quote(values[found[1]], safe=""), template)


def touched(kind: str, run_id: str, task_id: str) -> list[str]:
    """Return the addresses of what an event changes."""
    if not run_id:
        return []
    values = {"run_id": run_id, "task_id": task_id}
    found = [filled(template, values) for template in (RUN, TASKS)]
    if task_id:
        found += [filled(template, values) for template in (TASK, EVIDENCE, LOG)]
    if kind.startswith("run."):
        found.append(RUNS)
    return found
