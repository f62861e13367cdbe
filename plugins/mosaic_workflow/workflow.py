"""A workflow file that was read and checked: its jobs, inputs and outputs.

Owns the checks of one file that the vocabulary alone cannot make.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from mosaic_hookspecs import InputError, Location
from mosaic_hookspecs.graph import find_cycle

from .checking import check_shape
from .document import Node, read_document
from .inputs import InputSpec, read_inputs
from .job_checks import check_job
from .problems import Problems, nearest, shown
from .references import check_references
from .surroundings import Surroundings
from .vocabulary import WORKFLOW


@attrs.frozen(kw_only=True)
class Job:
    """One job as it stands in the file; `needs` names only jobs that there are."""

    name: str
    node: Node
    needs: Sequence[str] = ()

    @property
    def calls(self) -> str:
        """The workflow that it calls, "" if it has steps of its own."""
        uses = self.node.get("uses")
        return uses.raw if uses else ""


@attrs.frozen(kw_only=True)
class Workflow:
    """One file. `inputs` are those of a run, `call_inputs` those of a call (None: not to be called)."""

    path: str
    source: str
    root: Node
    name: str
    jobs: Mapping[str, Job]
    inputs: Mapping[str, InputSpec]
    call_inputs: Mapping[str, InputSpec] | None
    outputs: Mapping[str, str]


def read_workflow(text: str, path: str, surroundings: Surroundings, problems: Problems) -> Workflow | None:
    """Read and check one file; everything wrong is added to `problems`. None if it cannot be read."""
    try:
        root = read_document(text, path)
    except InputError as error:
        where = error.where if isinstance(error.where, Location) else Location(path=path, line=1, column=1)
        problems.add(error.code, error.what, where, expected=error.expected, got=error.got, hint=error.hint)
        return None
    check_shape(root, WORKFLOW, "", text, problems)
    jobs = _read_jobs(root, problems)
    dispatch, call = _trigger(root, "workflow_dispatch"), _trigger(root, "workflow_call")
    run_inputs = read_inputs(dispatch, "on.workflow_dispatch", problems)
    call_inputs = read_inputs(call, "on.workflow_call", problems)
    check_references(root, text, jobs, {**(run_inputs or {}), **(call_inputs or {})}, surroundings, problems)
    name = root.get("name")
    return Workflow(
        path=path,
        source=text,
        root=root,
        name=name.raw if name and name.kind == "text" else path.rsplit("/", 1)[-1],
        jobs=jobs,
        inputs=(run_inputs if run_inputs is not None else call_inputs) or {},
        call_inputs=call_inputs,
        outputs=_call_outputs(call),
    )


def _trigger(root: Node, event: str) -> Node | None:
    """Return what stands under `on` for an event: a null node where it is only named."""
    on = root.get("on")
    if on is None:
        return None
    if on.kind == "mapping":
        return on.get(event)
    named = on.elements() or (on,)
    return next((attrs.evolve(node, kind="null", value=None) for node in named if node.raw == event), None)


def _call_outputs(call: Node | None) -> Mapping[str, str]:
    outputs = call.get("outputs") if call else None
    values = {name: node.get("value") for name, node in outputs.items()} if outputs else {}
    return {name: node.raw for name, node in values.items() if node is not None}


def _read_jobs(root: Node, problems: Problems) -> Mapping[str, Job]:
    table = root.get("jobs")
    jobs: dict[str, Job] = {}
    for name, node in table.items() if table else ():
        needs = _read_needs(name, node, [other for other, _ in table.items()] if table else [], problems)
        jobs[name] = Job(name=name, node=node, needs=needs)
        if node.kind == "mapping":
            check_job(node, f"jobs.{name}", problems)
    cycle = find_cycle({name: job.needs for name, job in jobs.items()})
    if cycle:
        first = jobs[cycle[0]].node
        where = first.get("needs") or first
        drawn = " → ".join([*cycle, cycle[0]][:20])
        problems.add("cycle", "jobs wait for each other", where.location, subject="jobs", got=drawn)
    return jobs


def _read_needs(name: str, node: Node, names: Sequence[str], problems: Problems) -> Sequence[str]:
    given = node.get("needs")
    if given is None:
        return ()
    needs: list[str] = []
    for element in given.elements() or ((given,) if given.kind == "text" else ()):
        other = element.raw
        if other not in names:
            problems.add(
                "unknown-need",
                f"there is no job {shown(other)}",
                element.location,
                subject=f"jobs.{name}.needs",
                expected=", ".join(sorted(set(names) - {name})),
                hint=nearest(other, names),
            )
        elif other in needs:
            problems.add(
                "duplicate-need", f"{other!r} stands here twice", element.location, subject=f"jobs.{name}"
            )
        else:
            needs.append(other)
    return tuple(needs)
