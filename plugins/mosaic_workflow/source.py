"""The task source: turns a workflow file into a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs import Finding, InputError, JsonObject, Location, RunRequest, RunSpec, TaskSpec

from .compiling import Compiler, Frame
from .expressions.evaluation import Late, Scope
from .expressions.templates import parse_template
from .expressions.tokens import ExpressionError
from .inputs import accept_inputs
from .places import locate
from .problems import Problems, WorkflowErrors
from .surroundings import Surroundings
from .workflow import Workflow, read_workflow

SUFFIXES = (".yaml", ".yml")


class WorkflowSource:
    """Compiles workflows. `surroundings` is asked anew at each compilation, for the file's path."""

    name = "workflow"

    def __init__(self, surroundings: Callable[[str], Surroundings]) -> None:
        self._surroundings = surroundings

    def recognises(self, request: RunRequest) -> bool:
        """Whether the target is a YAML file."""
        return request.target.lower().endswith(SUFFIXES)

    async def compile(self, request: RunRequest, run_id: str) -> tuple[RunSpec, Sequence[TaskSpec]]:
        """Make the run.

        Raises:
            InputError: the inputs do not fit. WorkflowErrors: the workflow is wrong; located.
        """
        path = request.target
        surroundings = self._surroundings(path)
        problems = Problems()
        workflow = read_workflow(request.text, path, surroundings, problems)
        problems.raise_errors(path)
        if workflow is None:
            raise WorkflowErrors(path, problems.sorted())
        where = Location(path=path)
        inputs = accept_inputs(workflow.inputs, request.inputs, where)
        compiler = Compiler(run_id, surroundings, problems)
        compiler.expand(workflow, Frame(inputs=inputs))
        problems.raise_errors(path)
        run = RunSpec(
            run_id=run_id,
            title=_title(workflow, inputs, surroundings),
            target=path,
            inputs=inputs,
            settings=_settings(request.settings, compiler.tasks, surroundings),
        )
        return run, tuple(compiler.tasks)


def _settings(given: JsonObject, tasks: Sequence[TaskSpec], surroundings: Surroundings) -> dict[str, Any]:
    """Complete a run's settings: jobs begin with an empty directory, and check out what they want."""
    publishes = any(task.workspace == "git" for task in tasks)
    workspace = "git" if publishes else "directory"
    if given.get("workspace") not in (None, "", workspace):
        raise InputError(
            "fixed-workspace",
            "a workflow's jobs say themselves where they work",
            where="settings.workspace",
            expected=f"{workspace}, or nothing",
            got=repr(given["workspace"])[:80],
            hint="A job with `publish: true` works in git, every other one in a directory.",
        )
    settings: dict[str, Any] = {"seed": False, **given, "workspace": workspace}
    if publishes and not settings.get("repository"):
        settings["repository"] = surroundings.repository
    return settings


def check(text: str, path: str, surroundings: Surroundings) -> Sequence[Finding]:
    """Return everything there is to say about a workflow, in document order; inputs that a run would
    be given count as known only then.
    """
    problems = Problems()
    surroundings = attrs.evolve(surroundings, is_trial=True)
    workflow = read_workflow(text, path, surroundings, problems)
    if workflow is not None:
        inputs = {
            name: Late() if spec.default is None else spec.default for name, spec in workflow.inputs.items()
        }
        Compiler("check", surroundings, problems).expand(workflow, Frame(inputs=inputs))
    return problems.sorted()


def _title(workflow: Workflow, inputs: Mapping[str, Any], surroundings: Surroundings) -> str:
    run_name = workflow.root.get("run-name")
    if run_name is None:
        return workflow.name
    scope = Scope(contexts={"inputs": inputs, "vars": surroundings.variables})
    try:
        return parse_template(run_name.raw).text(scope) or workflow.name
    except ExpressionError as error:
        where = locate(workflow.source, run_name, 0, error.offset)
        raise InputError("bad-expression", f"run-name: {error.message}", where=where) from None
