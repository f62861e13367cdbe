"""Creating a run: from a target or a goal to stored tasks."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

import attrs

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import InputError
from mosaic_hookspecs.planning import RunRequest, TaskSource
from mosaic_hookspecs.tasks import RunSpec, TaskSpec

from .crew import workspace
from .inputs import CreateRun

SOURCE_PREFIX = "source:"
_RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"


async def compile_run(context: Context, request: CreateRun) -> tuple[RunSpec, Sequence[TaskSpec]]:
    """Turn a request into a run that can be stored; workspaces are checked and prepared.

    Raises:
        InputError: nothing, or more than one kind of thing, recognises the target; or it is wrong.
        Unavailable: a workspace provider that it asks for is not here.
    """
    run_id = request.run_id or _make_run_id()
    if not _RUN_ID.fullmatch(run_id):
        raise InputError(
            "bad-run-id",
            "a run cannot be named so",
            where="run_id",
            expected="1 to 64 letters, digits, _ and -",
            got=repr(run_id[:80]),
        )
    asked = RunRequest(
        target=request.target,
        text=request.text,
        goal=request.goal,
        inputs=request.inputs,
        settings=request.settings,
    )
    run, tasks = await _source(context, asked).compile(asked, run_id)
    _require_workspaces(tasks)
    settings = {**request.settings, **run.settings}
    if request.goal:
        settings.setdefault("goal", request.goal)
    for name in sorted({task.workspace for task in tasks if task.workspace}):
        settings = dict(await workspace(context, name).prepare(run_id, settings))
    run = attrs.evolve(
        run,
        run_id=run_id,
        project=request.project or run.project,
        budget=request.budget or run.budget,
        settings=settings,
    )
    return run, tasks


def _source(context: Context, request: RunRequest) -> TaskSource:
    port = context.port("planning")
    names = [name for name in port.names() if name.startswith(SOURCE_PREFIX)]
    sources: list[TaskSource] = [port.get(name) for name in names]
    found = [source for source in sources if source.recognises(request)]
    kinds = ", ".join(sorted(source.name for source in sources)) or "none: no plugin here reads targets"
    subject = repr(request.target) if request.target else "the goal" if request.goal else "nothing"
    if not found:
        raise InputError(
            "unknown-target",
            f"nothing here knows how to run {subject}",
            where=request.target or "target",
            expected=f"one of these kinds: {kinds}",
            hint="Name a workflow (.yaml), a PRD (.md) or a plan (.json), or give a goal in a sentence.",
        )
    if len(found) > 1:
        raise InputError(
            "ambiguous-target",
            f"several kinds claim {subject}",
            where=request.target or "goal",
            expected="one kind that recognises it",
            got=", ".join(source.name for source in found),
            hint="Give the file the suffix of its kind, or disable one of the plugins.",
        )
    return found[0]


def _require_workspaces(tasks: Sequence[TaskSpec]) -> None:
    for task in tasks:
        if task.checks and not task.workspace:
            raise InputError(
                "no-workspace",
                f"task {task.task_id!r} has acceptance checks, and no workspace for them to run in",
                where=task.task_id,
                hint="Give the task a workspace, or take its checks away.",
            )


def _make_run_id() -> str:
    return "r" + "".join(secrets.choice(_ALPHABET) for _ in range(9))
