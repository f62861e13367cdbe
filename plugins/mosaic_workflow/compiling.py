"""Turns a checked workflow into tasks: one for each job, or for each combination of its matrix.

Called workflows are written out: their jobs become tasks too, which know the calls that lead to them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs import Need, Retry, TaskSpec
from mosaic_hookspecs.graph import find_cycle, topological_order

from .calling import call_values
from .entries import (
    ancestors_of,
    condition_asks_status,
    condition_data,
    data_of,
    defaults_of,
    new_entry,
    tasks_of,
)
from .job_checks import MAX_COMBINATIONS, matrix_fault
from .library import Library
from .matrix import Combination, combinations_of
from .naming import Names, group_name
from .problems import Problems
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
                entries[name] = new_entry()
        return entries

    def _job(self, workflow: Workflow, job: Job, frame: Frame, entries: Mapping[str, Any]) -> Mapping[str, Any]:
        settler = Settler(workflow, job, frame.inputs, self._surroundings, self._problems)
        entry = new_entry()
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
        is_asking = condition_asks_status(job.node.get("if"))
        needs: dict[str, Need] = {need.task_id: need for need in frame.needs}
        direct = [task for name in job.needs for task in tasks_of(entries.get(name))]
        ancestors: list[str] = []
        if is_asking:
            names = ancestors_of(workflow, job)
            ancestors = [task for name in names for task in tasks_of(entries.get(name))]
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
            **condition_data(job, here, entries, ancestors),
            "workflow": workflow.name,
            "file": workflow.path,
            "job": job.name,
            "calls": list(frame.calls),
            "env": [data_of(workflow.root.get("env")), data_of(job.node.get("env"))],
            "defaults": {**defaults_of(workflow.root), **here.run_defaults()},
            "steps": data_of(job.node.get("steps")) or [],
            "outputs": data_of(job.node.get("outputs")),
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
            **condition_data(job, here, entries, ancestors),
            "with": data_of(given),
            "inputs": [spec.to_data() for spec in callee.call_inputs.values()],
        }
        title = here.text("name") or here.default_title()
        inner = Frame(
            prefix=prefix,
            title=f"{frame.title} / {title}" if frame.title else title,
            calls=[*frame.calls, call],
            needs=needs,
            inputs=call_values(callee.call_inputs, given, here, uses, f"jobs.{job.name}.with", self._problems),
            trail=trail,
        )
        jobs = self.expand(callee, inner)
        entry["calls"].append({"outputs": dict(callee.outputs), "jobs": jobs})
        for inner_entry in jobs.values():
            entry["tasks"].extend(inner_entry["tasks"])
            entry["tolerated"].extend(inner_entry["tolerated"])
