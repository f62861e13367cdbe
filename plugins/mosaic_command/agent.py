"""The agent ``command``: does a task by running a program, and says how it ended.

Owns what a command sees (its variables, its prompt, its output file). Refuses tasks of other runtimes:
it can do nothing but what a task's own words tell it to run.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path, PurePosixPath

from mosaic_hookspecs import (
    AgentOffer,
    AgentResult,
    Assignment,
    Completed,
    InputError,
    Port,
    Workspace,
    WorkspaceRequest,
    fill_prompt,
)

from .command_line import read_command, read_environment, refuse_unknown
from .offer import OFFER
from .outputs import LONGEST_OUTPUTS, read_outputs

_KEYS = ("run", "argv", "shell", "environment", "stdin", "prompt", "directory", "kind")
_WHERE = "work"
_LONGEST_SUMMARY = 300


class CommandAgent:
    """Runs a task's command in the attempt's workspace.

    `work` holds ``run`` (a shell line) or ``argv`` (a list), and may hold ``shell`` (``sh`` or
    ``bash``), ``environment``, ``stdin``, ``prompt`` (a template: it takes the place of ``{prompt}``, or
    is the standard input where there is none) and ``directory`` (inside the workspace). The process
    writes its outputs into the file ``$MOSAIC_OUTPUT``. Exit code 0 is success.
    """

    def __init__(self, workspaces: Port | None = None) -> None:
        self._workspaces = workspaces

    @property
    def offer(self) -> AgentOffer:
        """Only tasks that name this runtime."""
        return OFFER

    async def run(self, assignment: Assignment) -> AgentResult:
        """Run the command; see `mosaic_hookspecs.Agent.run`."""
        work = assignment.spec.work
        refuse_unknown(work, _KEYS, _WHERE)
        prompt = ""
        if "prompt" in work:
            prompt = fill_prompt(work["prompt"], assignment, f"{_WHERE}.prompt")
        argv = read_command(work, _WHERE, {"prompt": prompt})
        stdin = _stdin(assignment, prompt)
        environment = _environment(assignment, prompt)
        inside = _inside(work.get("directory", "."))
        async with self._workspace(assignment) as workspace:
            completed, outputs = await _execute(assignment, workspace, inside, argv, environment, stdin)
        return AgentResult(
            outcome="succeeded" if completed.exit_code == 0 else "failed",
            summary=_summary(completed),
            outputs=outputs,
            exit_code=completed.exit_code,
        )

    @asynccontextmanager
    async def _workspace(self, assignment: Assignment) -> AsyncIterator[Workspace]:
        if assignment.workspace is not None:
            yield assignment.workspace
            return
        if self._workspaces is None:
            raise InputError(
                "no-workspace",
                "a command needs a place to run in",
                where="workspace",
                expected="a task with a workspace",
                hint="Give the task `workspace: directory`.",
            )
        # The task asked for none: a directory that is thrown away, which isolates it just the same.
        provider = self._workspaces.get("directory")
        request = WorkspaceRequest(
            run_id=assignment.run_id,
            task_id=assignment.spec.task_id,
            token=assignment.token,
            title=assignment.spec.title,
        )
        async with provider.open(request) as workspace:
            yield workspace


async def _execute(  # noqa: PLR0913 - what one execution takes
    assignment: Assignment,
    workspace: Workspace,
    inside: PurePosixPath,
    argv: list[str],
    environment: Mapping[str, str],
    stdin: bytes,
) -> tuple[Completed, dict[str, str]]:
    # In the workspace, because a confined process can write nowhere else; gone before it is sealed.
    # A name that the repository cannot have foreseen: a link of that name would lead out of it.
    file = workspace.path / f".mosaic-output-{secrets.token_hex(8)}"
    file.touch(exist_ok=False)
    if inside.parts:
        argv = ["/bin/sh", "-c", 'cd -- "$0" && exec "$@"', _existing(workspace.path, inside), *argv]
    try:
        completed = await workspace.execute(
            argv,
            environment={**environment, "MOSAIC_OUTPUT": str(file)},
            stdin=stdin,
            on_output=assignment.journal.output,
        )
        outputs = read_outputs(_bounded(file)) if completed.exit_code == 0 else {}
    finally:
        with suppress(OSError):
            file.unlink()
    return completed, outputs


def _bounded(file: Path) -> bytes:
    if file.is_symlink() or not file.is_file():
        return b""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    with open(file, "rb", opener=lambda name, _: os.open(name, flags)) as stream:
        return stream.read(LONGEST_OUTPUTS + 1)


def _stdin(assignment: Assignment, prompt: str) -> bytes:
    work = assignment.spec.work
    given = work.get("stdin")
    if given is not None:
        if not isinstance(given, str):
            raise InputError(
                "bad-command",
                "this is no input",
                where=f"{_WHERE}.stdin",
                expected="a text",
                got=repr(given)[:80],
            )
        return given.encode(errors="surrogateescape")
    texts = work.get("argv") or [work.get("run")]
    is_argument = any("{prompt}" in str(text) for text in texts)  # type: ignore[union-attr] # read_command checked
    return b"" if is_argument else prompt.encode(errors="surrogateescape")


def _environment(assignment: Assignment, prompt: str) -> dict[str, str]:
    environment = {
        **read_environment(assignment.settings, "settings"),
        **read_environment(assignment.spec.work, _WHERE),
        "MOSAIC_RUN_ID": assignment.run_id,
        "MOSAIC_TASK_ID": assignment.spec.task_id,
        "MOSAIC_ATTEMPT": str(assignment.attempt),
        "MOSAIC_TOKEN": str(assignment.token),
    }
    if prompt:
        environment["MOSAIC_PROMPT"] = prompt
    return environment


def _inside(value: object) -> PurePosixPath:
    path = PurePosixPath(value) if isinstance(value, str) and "\0" not in value else None
    if path is None or path.is_absolute() or ".." in path.parts:
        raise InputError(
            "bad-directory",
            "the command's directory must lie inside the workspace",
            where=f"{_WHERE}.directory",
            expected="a relative path without ..",
            got=repr(value)[:120],
        )
    return path


def _existing(root: Path, inside: PurePosixPath) -> str:
    path = (root / inside).resolve()
    if not path.is_dir() or not path.is_relative_to(root.resolve()):
        raise InputError(
            "bad-directory",
            "the command's directory is not in the workspace",
            where=f"{_WHERE}.directory",
            got=str(inside),
        )
    return str(path)


def _summary(completed: Completed) -> str:
    lines = completed.output.decode(errors="replace").strip().splitlines()
    last = lines[-1].strip() if lines else ""
    said = last if len(last) <= _LONGEST_SUMMARY else last[:_LONGEST_SUMMARY] + "…"
    if completed.exit_code == 0:
        return said
    if completed.exit_code < 0:
        how = f"ended by signal {-completed.exit_code}"
    else:
        how = f"exit code {completed.exit_code}"
    return f"{how}: {said}" if said else how
