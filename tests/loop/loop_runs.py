"""Runs of the engine with agents of the loop, over a scripted endpoint."""

import subprocess
from contextlib import asynccontextmanager

import attrs
from scripted_model import scripted_model

from mosaic_hookspecs import Budget, Check, Retry, RunSpec, TaskSpec
from mosaic_kernel import Kernel

PLUGINS = ("memory", "engine", "workspaces", "command", "models", "loop")


def git(directory, *arguments):
    done = subprocess.run(
        ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *arguments],
        cwd=directory,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


@attrs.frozen
class Runs:
    """A kernel in which runs are made, the scripted model, and the repository."""

    kernel: Kernel
    model: object
    repository: object

    async def drive(self, *tasks, budget=None, workspace="git"):
        """Drive a run of these tasks to its end; return what has become of each."""
        provider = self.kernel.port("workspace").get(workspace)
        settings = {"repository": str(self.repository)} if workspace == "git" else {}
        settings = await provider.prepare("r", settings)
        engine = self.kernel.port("scheduling").get()
        await engine.create(RunSpec(run_id="r", settings=settings, budget=budget or Budget()), tasks)
        await engine.drive("r")
        return {
            task.task_id: await self.kernel.dispatch("task.show", {"run_id": "r", "task_id": task.task_id})
            for task in tasks
        }


def task(*checks, name="T.1", description="Write hello.txt with the word hello.", attempts=1, **fields):
    """Make a task for the agent `fast`, in a git worktree."""
    usual = {"runtime": "fast", "workspace": "git", "retry": Retry(attempts=attempts, delay_seconds=0.01)}
    return TaskSpec(
        task_id=name, title="Greet", work={"description": description}, checks=checks, **{**usual, **fields}
    )


HELLO = Check(name="hello", parameters={"run": "grep -q hello hello.txt"})


@asynccontextmanager
async def runs(directory, script, *, kind="openai", agents=None, reviewers=None, further=None, **more):
    """Start a kernel with the built-in agent `fast` over a scripted model."""
    repository = directory / "project"
    repository.mkdir()
    git(repository, "init", "-q", "-b", "main")
    (repository / "README").write_text("A project.\n")
    git(repository, "add", "README")
    git(repository, "commit", "-q", "-m", "begin")
    async with scripted_model(script) as model:
        url = f"{model.url}/v1" if kind == "openai" else model.url
        endpoints = {
            "it": {"kind": kind, "model": "m", "url": url},
            **(further or {}),
        }
        settings = {
            "allow": list(PLUGINS),
            "plugins.models.endpoints": endpoints,
            "plugins.loop.agents": {"fast": {"model": "it", "patience_seconds": 0.0, **(agents or {})}},
            "plugins.loop.reviewers": reviewers or {},
            **more,
        }
        kernel = Kernel(profile="", directory=directory, environment={}, settings=settings)
        async with kernel:
            yield Runs(kernel, model, repository)
