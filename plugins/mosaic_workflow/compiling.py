"""Turns a checked workflow into tasks: one for each job, or for each combination of its matrix.

Called workflows are written out: their jobs become tasks too, which know the calls that lead to them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs import Need, Retry, TaskSpec
from mosaic_hookspecs.graph import find_cycle, topological_order

from .document import Node
from .expressions.evaluation import Late
from .expressions.templates import TemplateError, asks_status, parse_condition
from .expressions.values import to_text
from .inputs import InputSpec
from .job_checks import MAX_COMBINATIONS, matrix_fault
from .library import Library
from .matrix import Combination, combinations_of
from .naming import Names, group_name
from .problems import Problems, shown
from .settling import Settler
from .surroundings import Surroundings
from .workflow import Job, Workflow

MAX_TASKS = 5_000
MAX_CALLS = 10
HOSTED = ("ubuntu-", "windows-", "macos-")
SELF_HOSTED = frozenset({"self-hosted", "linux", "x64", "arm64"})


@attrs.frozen(kw_only=True)
class Frame:
    """Where a workflow stands while it is written out.

    `calls` is what tasks need to know of the calls that led here, `needs` what all tasks here wait
    for, `inputs` the values known so far, `trail` the files on the way.
    """

    prefix: str = ""
    title: str = ""
    calls: Sequence[Mapping[str, Any]] = ()
    needs: Sequence[Need] = ()
    inputs: Mapping[str, Any] = attrs.field(factory=dict)
    trail: Sequence[str] = ()


class Compiler:
    """Writes workflows out as tasks; everything that is wrong goes to `problems`."""

    def __init__(self, run_id: str, surroundings: Surroundings, problems: Problems) -> None:
        self._run_id = run_id
        self._surroundings = surroundings
        self._problems = problems
        self._library = Library(surroundings, problems)
        self._names = Names()
        self.tasks: list[TaskSpec] = []

    def expand(self, workflow: Workflow, frame: Frame) -> Mapping[str, Any]:
        """Add the tasks of `workflow`, and return what its jobs became: for each job an entry that a
        task which needs it carries (``tasks``, ``tolerated``, ``calls``).
        """
        graph = {name: list(job.needs) for name, job in workflow.jobs.items()}
        entries: dict[str, Any] = {}
        if find_cycle(graph):
            return entries
        for name in topological_order(graph):
            job = workflow.jobs[name]
            if job.node.kind == "mapping":
                entries[name] = self._job(workflow, job, frame, entries)
            else:
                entries[name] = _entry()
        return entries

    def _job(self, workflow: Workflow, job: Job, frame: Frame, entries: Mapping[str, Any]) -> Mapping[str, Any]:
        settler = Settler(workflow, job, frame.inputs, self._surroundings, self._problems)
        entry = _entry()
        combinations = self._combinations(job, settler)
        total = len(combinations)
        made: list[TaskSpec] = []
        for index, combination in enumerate(combinations):
            if len(self.tasks) > MAX_TASKS:
                what = f"the workflow makes more than {MAX_TASKS} tasks"
                self._problems.add("too-many-tasks", what, job.node.location, subject=f"jobs.{job.name}")
                break
            strategy = settler.strategy(index, total)
            here = settler.at(combination, strategy)
            task_id = self._names.task(frame.prefix, job.name, here.distinction)
            if job.calls:
                self._call(workflow, job, here, frame, entries, entry, task_id)
            else:
                made.append(self._task(workflow, job, here, frame, entries, task_id))
        self._finish(job, made, entry, settler)
        return entry

    def _finish(self, job: Job, made: Sequence[TaskSpec], entry: dict[str, Any], settler: Settler) -> None:
        siblings = [task.task_id for task in made] if settler.fails_fast and len(made) > 1 else []
        for task in made:
            work = {**task.work, "siblings": [name for name in siblings if name != task.task_id]}
            self.tasks.append(attrs.evolve(task, work=work))
            entry["tasks"].append(task.task_id)
            if task.tolerates_failure:
                entry["tolerated"].append(task.task_id)

    def _combinations(self, job: Job, settler: Settler) -> Sequence[Combination | None]:
        matrix = settler.matrix()
        if matrix is None:
            return [None]
        fault = matrix_fault(matrix)
        if fault:
            where = settler.node("strategy", "matrix") or job.node
            self._problems.add("bad-matrix", fault, where.location, subject=f"jobs.{job.name}.strategy.matrix")
            return []
        return combinations_of(matrix)[:MAX_COMBINATIONS]

    def _needs(
        self, workflow: Workflow, job: Job, frame: Frame, entries: Mapping[str, Any]
    ) -> tuple[Sequence[Need], Sequence[Sequence[Any]]]:
        """Return what a job's tasks wait for, and the tasks of its ancestors where its condition asks."""
        is_asking = _asks_status(job.node.get("if"))
        needs: dict[str, Need] = {need.task_id: need for need in frame.needs}
        direct = [task for name in job.needs for task in _tasks_of(entries.get(name))]
        ancestors: list[str] = []
        if is_asking:
            names = _ancestors(workflow, job)
            ancestors = [task for name in names for task in _tasks_of(entries.get(name))]
        for task in dict.fromkeys([*direct, *ancestors]):
            if task not in needs or not is_asking:
                needs[task] = Need(task_id=task, settled=is_asking)
        tolerated = {task for entry in entries.values() for task in entry["tolerated"]}
        return tuple(needs.values()), [[task, task in tolerated] for task in ancestors]

    def _task(  # noqa: PLR0913 - a job, where it stands, and what it is called
        self,
        workflow: Workflow,
        job: Job,
        here: Settler,
        frame: Frame,
        entries: Mapping[str, Any],
        task_id: str,
    ) -> TaskSpec:
        needs, ancestors = self._needs(workflow, job, frame, entries)
        title = here.text("name") or here.default_title()
        retry = job.node.get("retry")
        attempts = retry.get("attempts") if retry else None
        delay = retry.get("delay-seconds") if retry else None
        work = {
            **_condition_data(job, here, entries, ancestors),
            "workflow": workflow.name,
            "file": workflow.path,
            "job": job.name,
            "calls": list(frame.calls),
            "env": [_data(workflow.root.get("env")), _data(job.node.get("env"))],
            "defaults": {**_run_defaults(workflow.root), **here.run_defaults()},
            "steps": _data(job.node.get("steps")) or [],
            "outputs": _data(job.node.get("outputs")),
        }
        publishes = job.node.get("publish")
        return TaskSpec(
            task_id=task_id,
            title=f"{frame.title} / {title}" if frame.title else title,
            needs=needs,
            runtime="workflow",
            work=work,
            workspace="git" if publishes and publishes.value is True else "directory",
            retry=Retry(
                attempts=int(attempts.value) if attempts and attempts.kind == "number" else 1,
                delay_seconds=float(delay.value) if delay and delay.kind == "number" else 1.0,
            ),
            timeout_seconds=60 * here.number("timeout-minutes", self._surroundings.default_timeout_minutes),
            approval=here.text("approval"),
            resources=self._resources(job, here),
            group=self._group(job, here, task_id),
            tolerates_failure=here.flag("continue-on-error", default=False),
        )

    def _resources(self, job: Job, here: Settler) -> Mapping[str, int]:
        resources: dict[str, int] = {}
        for node, label in here.labels():
            if label.startswith(HOSTED) or label.lower() in SELF_HOSTED:
                here.ignore(node, label)
            else:
                resources[label] = 1
        return resources

    def _group(self, job: Job, here: Settler, task_id: str) -> str:
        group = here.concurrency()
        if group:
            return group
        return group_name(self._run_id, job.name, here.lane) if here.lane is not None else ""

    def _call(  # noqa: PLR0913 - a job, where it stands, and where what it became is kept
        self,
        workflow: Workflow,
        job: Job,
        here: Settler,
        frame: Frame,
        entries: Mapping[str, Any],
        entry: dict[str, Any],
        prefix: str,
    ) -> None:
        subject = f"jobs.{job.name}.uses"
        uses = job.node.get("uses")
        callee = self._library.find(uses, subject) if uses and uses.kind == "text" else None
        if uses is None or callee is None:
            return
        trail = [*frame.trail, workflow.path]
        if callee.path in trail or len(trail) >= MAX_CALLS:
            what = "workflows call each other" if callee.path in trail else f"more than {MAX_CALLS} calls deep"
            got = " → ".join([*trail, callee.path])
            self._problems.add("call-cycle", what, uses.location, subject=subject, got=got)
            return
        if callee.call_inputs is None:
            what = f"{callee.path} is not made to be called"
            self._problems.add(
                "not-callable", what, uses.location, subject=subject, expected="on: workflow_call"
            )
            return
        needs, ancestors = self._needs(workflow, job, frame, entries)
        given = job.node.get("with")
        call = {
            **_condition_data(job, here, entries, ancestors),
            "with": _data(given),
            "inputs": [spec.to_data() for spec in callee.call_inputs.values()],
        }
        title = here.text("name") or here.default_title()
        inner = Frame(
            prefix=prefix,
            title=f"{frame.title} / {title}" if frame.title else title,
            calls=[*frame.calls, call],
            needs=needs,
            inputs=self._call_inputs(callee.call_inputs, given, here, uses, f"jobs.{job.name}.with"),
            trail=trail,
        )
        jobs = self.expand(callee, inner)
        entry["calls"].append({"outputs": dict(callee.outputs), "jobs": jobs})
        for inner_entry in jobs.values():
            entry["tasks"].extend(inner_entry["tasks"])
            entry["tolerated"].extend(inner_entry["tolerated"])

    def _call_inputs(
        self,
        specs: Mapping[str, InputSpec],
        given: Node | None,
        here: Settler,
        uses: Node,
        subject: str,
    ) -> Mapping[str, Any]:
        values: dict[str, Any] = {}
        for name, node in given.items() if given else ():
            if name not in specs:
                self._problems.add(
                    "unknown-input",
                    f"the called workflow has no input {name[:60]!r}",
                    node.location,
                    subject=f"{subject}.{name}",
                    expected=", ".join(specs) or "no inputs at all",
                )
        for name, spec in specs.items():
            value_node = given.get(name) if given else None
            if value_node is None:
                if spec.required and spec.default is None:
                    what = f"the called workflow requires the input {name!r}"
                    self._problems.add("missing-input", what, uses.location, subject=subject)
                values[name] = spec.empty if spec.default is None else spec.default
                continue
            value = here.early(value_node)
            if not isinstance(value, Late):
                try:
                    value = spec.convert(value)
                except ValueError as error:
                    self._problems.add(
                        "bad-input",
                        "this is not what the called workflow asks for",
                        value_node.location,
                        subject=f"{subject}.{name}",
                        expected=str(error),
                        got=shown(value),
                    )
                    value = spec.empty
            values[name] = value
        return values


def _entry() -> dict[str, Any]:
    return {"tasks": [], "tolerated": [], "calls": []}


def _tasks_of(entry: Mapping[str, Any] | None) -> Sequence[str]:
    return entry["tasks"] if entry else ()


def _ancestors(workflow: Workflow, job: Job) -> Sequence[str]:
    """Return every job that a job waits for, directly or not."""
    found: dict[str, None] = {}
    queue = list(job.needs)
    while queue:
        name = queue.pop()
        if name not in found:
            found[name] = None
            queue.extend(workflow.jobs[name].needs)
    return list(found)


def _asks_status(condition: Node | None) -> bool:
    if condition is None or condition.kind != "text":
        return False
    try:
        return asks_status(parse_condition(condition.value))
    except TemplateError:
        return False


def _condition_data(
    job: Job, here: Settler, entries: Mapping[str, Any], ancestors: Sequence[Sequence[Any]]
) -> dict[str, Any]:
    condition = job.node.get("if")
    return {
        "if": condition.raw if condition else "",
        "matrix": here.combination,
        "strategy": here.strategy_data,
        "needs": {name: entries[name] for name in job.needs if name in entries},
        "ancestors": list(ancestors),
    }


def _run_defaults(root: Node) -> Mapping[str, str]:
    defaults = root.get("defaults")
    run = defaults.get("run") if defaults else None
    return {key: to_text(node.value) for key, node in run.items()} if run else {}


def _data(node: Node | None) -> Any:
    return node.data() if node else {}
