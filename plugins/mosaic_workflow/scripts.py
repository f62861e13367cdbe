"""Steps with ``run``: the script, its process, and what it left in its files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from .expressions.evaluation import Scope
from .file_commands import StepFiles
from .job_site import JobSite
from .shells import SUFFIXES, command_line, in_directory, inside
from .step import StepFailed


async def run_script(
    job: JobSite, index: int, step: Mapping[str, Any], scope: Scope, environment: Mapping[str, str]
) -> dict[str, Any]:
    """Run a step's script, and return the outputs that it gave.

    Raises:
        StepFailed: it ended with another exit code than 0, or could not begin.
    """
    defaults = job.work["defaults"]
    shell = job.text(step.get("shell", defaults.get("shell", "")), scope)
    where = job.text(step.get("working-directory", defaults.get("working-directory", "")), scope)
    root = job.workspace.path
    directory = inside(root, where) if where else root
    if not directory.is_dir():
        raise StepFailed(f"has no working directory {where!r}")
    files = StepFiles(directory=job.own_directory / f"step-{index}")
    files.create()
    script = files.directory / f"script{SUFFIXES.get(shell, '.sh')}"
    script.write_text(job.text(step["run"], scope))
    base = environment.get("PATH") or os.environ.get("PATH", os.defpath)
    search = os.pathsep.join([*job.paths, base])
    variables = {**environment, **files.environment()}
    if job.paths:
        variables["PATH"] = search
    argv = in_directory(command_line(shell, script, search), directory, root)
    done = await job.workspace.execute(argv, environment=variables, on_output=job.stream.write)
    job.stream.close()
    outputs = _collect(job, files)
    if done.exit_code != 0:
        ending = f"was ended by signal {-done.exit_code}" if done.exit_code < 0 else None
        ending = ending or f"exited with code {done.exit_code}"
        raise StepFailed(ending, outputs, done.exit_code)
    return outputs


def _collect(job: JobSite, files: StepFiles) -> dict[str, Any]:
    summary = files.summary()
    if summary.strip():
        job.stream.say(f"── summary\n{summary.rstrip()}")
    job.variables.update(files.variables())
    job.paths[:0] = files.paths()
    return dict(files.outputs())
