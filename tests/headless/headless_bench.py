"""A repository, a plan, a served Mosaic with agents of presets, and a scripted model for them to ask."""

import json
import os
import subprocess
from contextlib import asynccontextmanager

import attrs
import installed
from headless_assignments import until

from mosaic_kernel import Kernel

MODEL = "scripted-1"
KEY = "a-key-of-no-worth-for-the-scripted-model"


def git(directory, *argv):
    names = {
        "GIT_AUTHOR_NAME": "a",
        "GIT_AUTHOR_EMAIL": "a@b",
        "GIT_COMMITTER_NAME": "a",
        "GIT_COMMITTER_EMAIL": "a@b",
    }
    done = subprocess.run(
        ["git", *argv], cwd=directory, env={**os.environ, **names}, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def make_repository(path):
    path.mkdir()
    git(path, "init", "-q", "-b", "main")
    (path / "README.md").write_text("# Shop\n")
    git(path, "add", ".")
    git(path, "commit", "-qm", "begin")
    return path


def make_plan(*tasks):
    """Return the text of a plan of tasks: each a number, a runtime and a check."""
    nodes = [{"node_id": "E.001", "title": "Greet"}]
    for number, runtime, check in tasks:
        nodes.append(
            {
                "node_id": f"F.001.{number:02}",
                "title": f"Greeting {number}",
                "minutes": 5,
                "runtime": runtime,
                "checks": [{"name": "it greets", "parameters": {"run": check}}],
                "work": {"kind": "general", "description": f"Write greeting-{number}.txt."},
            }
        )
    return json.dumps({"mosaic_plan": 1, "title": "Greetings", "nodes": nodes})


def claude(model, **more):
    return {
        "preset": "claude",
        "model": MODEL,
        "environment": {
            "PATH": installed.search_path("claude"),
            "ANTHROPIC_BASE_URL": model.url,
            "ANTHROPIC_API_KEY": KEY,
        },
        **more,
    }


def codex(model, **more):
    patience = "request_max_retries=0,stream_max_retries=0"
    wire = f'base_url="{model.url}/v1",env_key="CODEX_API_KEY",wire_api="responses",{patience}'
    provider = f'{{name="S",{wire}}}'
    return {
        "preset": "codex",
        "model": MODEL,
        "arguments": ["-c", 'model_provider="scripted"', "-c", f"model_providers.scripted={provider}"],
        "environment": {"PATH": installed.search_path("codex"), "CODEX_API_KEY": KEY},
        **more,
    }


def opencode(model, directory, **more):
    provider = {
        "npm": "@ai-sdk/openai-compatible",
        "options": {"baseURL": f"{model.url}/v1", "apiKey": KEY},
        "models": {MODEL: {}},
    }
    file = directory / "opencode.json"
    file.write_text(json.dumps({"enabled_providers": ["scripted"], "provider": {"scripted": provider}}))
    return {
        "preset": "opencode",
        "model": f"scripted/{MODEL}",
        "environment": {"PATH": installed.search_path("opencode"), "OPENCODE_CONFIG": str(file)},
        **more,
    }


@attrs.define
class Bench:
    """A served Mosaic over a repository."""

    kernel: Kernel
    repository: object

    async def begin(self, plan, **request):
        settings = {"workspace": "git", "repository": str(self.repository)}
        request = {"target": "plan.json", "text": plan, "settings": settings, **request}
        run = await self.kernel.dispatch("run.create", request)
        return run.run_id

    async def drive(self, run_id):
        return await self.kernel.dispatch("run.drive", {"run_id": run_id})

    async def show(self, run_id, task_id):
        return await self.kernel.dispatch("task.show", {"run_id": run_id, "task_id": task_id})

    async def logs(self, run_id, task_id):
        return (await self.kernel.dispatch("task.logs", {"run_id": run_id, "task_id": task_id})).text

    def published(self, view, name):
        return git(self.repository, "show", f"{view.settings['branch']}:{name}")


@asynccontextmanager
async def serving(directory, agents, **settings):
    """Serve a Mosaic with these agents over a new repository in `directory`."""
    repository = make_repository(directory / "repository")
    given = {
        "ports.storage": "memory",
        "ports.transport": ["http", "mcp"],
        "plugins.workspaces.grace_seconds": 0.5,
        "plugins.workspaces.linger_seconds": 0.2,
        "plugins.headless.linger_seconds": 2.0,
        "plugins.headless.agents": agents,
        **settings,
    }
    kernel = Kernel(profile="local", directory=repository, environment={}, settings=given, serves=True)
    async with kernel:
        await until(lambda: kernel.port("transport").get("mcp").addresses)
        yield Bench(kernel, repository)
