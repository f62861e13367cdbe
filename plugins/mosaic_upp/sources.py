"""Task sources: a PRD, a goal, or a plan in a file as the target of ``mosaic run``.

Owns where the result goes when nobody said so: a directory named after the product. What was planned is kept
with the run.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import attrs

from mosaic_hookspecs.data import JsonObject
from mosaic_hookspecs.errors import InputError, Location
from mosaic_hookspecs.plan import Plan
from mosaic_hookspecs.planning import PlanLinter, Planner, PlanRequest, RunRequest
from mosaic_hookspecs.tasks import RunSpec, TaskSpec

from .compile import compile_plan
from .keeping import Keeping
from .reading.names import package_name

DOCUMENTS = (".md", ".markdown", ".mdown")
PLANS = (".json", ".jsonl")
_MOST_DIRECTORIES = 1000

ReadPlan = Callable[[str, str], Plan | None]
"""Reads a text from a path as a plan; None if no format recognises it."""


class _Source:
    name = ""

    def __init__(
        self, planner: Planner, linter: PlanLinter, read: ReadPlan, base: Path, keeping: Keeping
    ) -> None:
        self._planner = planner
        self._linter = linter
        self._read = read
        self._base = base
        self._keeping = keeping

    async def _planned(self, request: RunRequest, run_id: str) -> tuple[RunSpec, Sequence[TaskSpec]]:
        repository = str(request.settings.get("repository") or "")
        asked = PlanRequest(text=request.text, source=request.target, goal=request.goal, repository=repository)
        plan = await self._planner.plan(asked)
        run, tasks = self._run(plan, request, run_id)
        run = _with_notice(run, plan, repository)
        return await self._kept(run, plan, request.text), tasks

    async def _imported(
        self, plan: Plan, request: RunRequest, run_id: str
    ) -> tuple[RunSpec, Sequence[TaskSpec]]:
        from .planner.certification import require_gates

        require_gates(plan, self._linter, path=request.target, text=request.text)
        run, tasks = self._run(plan, request, run_id)
        document = await self._keeping.document_of(plan, request.text, request.target)
        return await self._kept(run, plan, document), tasks

    async def _kept(self, run: RunSpec, plan: Plan, document: str) -> RunSpec:
        """Put plan and document into the store, and their names into the run's settings."""
        return attrs.evolve(run, settings={**run.settings, **await self._keeping.keep(plan, document)})

    def _run(self, plan: Plan, request: RunRequest, run_id: str) -> tuple[RunSpec, Sequence[TaskSpec]]:
        settings = self._settings(plan, request.settings)
        tasks = compile_plan(
            plan, workspace=str(settings.get("workspace", "")), path=request.target or plan.source
        )
        run = RunSpec(
            run_id=run_id,
            title=plan.title,
            target=request.target or request.goal,
            inputs=request.inputs,
            settings=settings,
        )
        return run, tasks

    def _settings(self, plan: Plan, asked: JsonObject) -> dict[str, Any]:
        leaves = plan.leaves()
        needs_none = all(leaf.runtime and not leaf.checks for leaf in leaves)
        workspace = asked.get("workspace")
        if workspace is None and needs_none and not asked.get("repository"):
            return {**asked, "workspace": ""}
        settings: dict[str, Any] = {**asked, "workspace": workspace if workspace is not None else "git"}
        if not settings.get("repository"):
            settings["repository"] = self._new_directory(
                str(plan.blueprint.get("package") or package_name(plan.title))
            )
        settings.setdefault("create", True)
        return settings

    def _new_directory(self, name: str) -> str:
        """Name a directory in the project that is absent or empty: a second run does not meet the first."""
        for number in range(1, _MOST_DIRECTORIES):
            path = self._base / (name if number == 1 else f"{name}-{number}")
            if not path.exists() or (path.is_dir() and not any(path.iterdir())):
                return str(path)
        raise InputError(
            "no-directory",
            "every name for the result is taken",
            where=str(self._base / name),
            hint="Name a directory with --into.",
        )


def _with_notice(run: RunSpec, plan: Plan, repository: str) -> RunSpec:
    """Say in the run's settings why a service that could be built anew is work for an agent, and how much of
    the plan is a general outline.
    """
    from .lint import general_names
    from .planner.inspection import inspect

    notices = []
    if not plan.blueprint and inspect(repository).is_occupied:
        notices.append(
            f"{repository} holds files already, which takes an agent; an empty directory is built from new"
        )
    names = general_names(plan)
    general = sum(1 for each in plan.requirements if each.requirement_id in names)
    if general:
        notices.append(
            f"no pattern for {general} of {len(plan.requirements)} requirements, whose tasks are a general "
            "outline; `mosaic plan check` tells which"
        )
    return attrs.evolve(run, settings={**run.settings, "notice": "; ".join(notices)}) if notices else run


class DocumentSource(_Source):
    """A Markdown document: a PRD, or a plan in a Markdown format."""

    name = "prd"

    def recognises(self, request: RunRequest) -> bool:
        """Whether the target is a Markdown file."""
        return request.target.lower().endswith(DOCUMENTS)

    async def compile(self, request: RunRequest, run_id: str) -> tuple[RunSpec, Sequence[TaskSpec]]:
        """Make the run. Raises `InputError`, located."""
        plan = self._read(request.text, request.target)
        if plan is not None:
            return await self._imported(plan, request, run_id)
        return await self._planned(request, run_id)


class GoalSource(_Source):
    """A goal in a sentence."""

    name = "goal"

    def recognises(self, request: RunRequest) -> bool:
        """Whether there is a goal and no target."""
        return not request.target and bool(request.goal)

    async def compile(self, request: RunRequest, run_id: str) -> tuple[RunSpec, Sequence[TaskSpec]]:
        """Make the run. Raises `InputError` for a goal that says too little."""
        return await self._planned(request, run_id)


class PlanSource(_Source):
    """A plan in a JSON format: Mosaic's own, or one that a format imports."""

    name = "plan"

    def recognises(self, request: RunRequest) -> bool:
        """Whether the target is a JSON file."""
        return request.target.lower().endswith(PLANS)

    async def compile(self, request: RunRequest, run_id: str) -> tuple[RunSpec, Sequence[TaskSpec]]:
        """Make the run. Raises `InputError`, located, also for a plan that fails a gate."""
        plan = self._read(request.text, request.target)
        if plan is None:
            raise InputError(
                "unknown-format",
                "this is no plan in any format that Mosaic reads",
                where=Location(path=request.target, line=1),
                hint="`mosaic plan formats` lists the formats.",
            )
        return await self._imported(plan, request, run_id)
