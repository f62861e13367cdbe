"""Small stand-ins for what the job agent works with: a workspace that really runs processes, a storage
of documents and blobs, a journal, and a context.
"""

import os
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

import attrs
import trio

from mosaic_hookspecs import (
    AgentResult,
    Assignment,
    Completed,
    Document,
    InputError,
    NotFound,
    RunRequest,
    RunSpec,
    TaskSpec,
    Unavailable,
    digest,
)
from mosaic_workflow.agent import WorkflowAgent
from mosaic_workflow.configuration import Config
from mosaic_workflow.source import WorkflowSource, check
from mosaic_workflow.surroundings import Surroundings


class FakeWorkspace:
    """A directory in which processes really run, killed with their group when cancelled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def execute(self, argv, *, environment=None, stdin=b"", timeout_seconds=None, on_output=None):
        base = {"PATH": os.environ["PATH"], "HOME": str(self.path), "LANG": "C.UTF-8"}
        started = time.monotonic()
        try:
            process = await trio.lowlevel.open_process(
                list(argv),
                cwd=self.path,
                env={**base, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except FileNotFoundError:
            raise InputError("no-program", f"there is no program {argv[0]!r}") from None
        pieces: list[bytes] = []
        try:
            async for piece in process.stdout:
                pieces.append(piece)
                if on_output:
                    on_output(piece)
            await process.wait()
        finally:
            if process.returncode is None:
                os.killpg(process.pid, 9)
                with trio.CancelScope(shield=True):
                    await process.wait()
            await process.stdout.aclose()
        return Completed(
            exit_code=process.returncode, output=b"".join(pieces), duration_seconds=time.monotonic() - started
        )


@attrs.define
class FakeStorage:
    """Documents and blobs in memory."""

    kept: dict = attrs.field(factory=dict)
    blobs: dict = attrs.field(factory=dict)

    async def get_document(self, collection, key):
        return self.kept.get((collection, key))

    async def put_document(self, collection, key, body, *, expected=None):
        document = Document(collection=collection, key=key, version=1, body=body)
        self.kept[collection, key] = document
        return document

    async def documents(self, collection, *, after="", limit=100):
        keys = sorted(key for name, key in self.kept if name == collection and key > after)
        return [self.kept[collection, key] for key in keys[:limit]]

    async def put_blob(self, data):
        self.blobs[digest(data)] = data
        return digest(data)

    async def get_blob(self, name):
        return self.blobs.get(name)


@attrs.define
class FakeJournal:
    """Keeps what was written."""

    data: bytearray = attrs.field(factory=bytearray)
    used: list = attrs.field(factory=list)

    def output(self, data: bytes) -> None:
        self.data += data

    def usage(self, usage) -> None:
        self.used.append(usage)

    @property
    def text(self) -> str:
        return self.data.decode()


@attrs.define
class FakePort:
    providers: dict

    def names(self):
        return tuple(self.providers)

    def get(self, name=""):
        if not name and self.providers:
            return next(iter(self.providers.values()))
        if name not in self.providers:
            raise Unavailable("no-provider", f"nothing provides {name!r}")
        return self.providers[name]


class FakeLog:
    def debug(self, event, **facts):
        pass


@attrs.define
class FakeContext:
    """Ports by name, and operations as functions."""

    project_directory: Path
    config: Config = attrs.field(factory=Config)
    ports: dict = attrs.field(factory=dict)
    operations: dict = attrs.field(factory=dict)
    dispatched: list = attrs.field(factory=list)
    log: FakeLog = attrs.field(factory=FakeLog)

    def port(self, name):
        return FakePort(self.ports.get(name, {}))

    async def dispatch(self, operation, data, principal=None):
        self.dispatched.append((operation, data, principal))
        if operation not in self.operations:
            raise NotFound("no-operation", f"there is no operation {operation!r}")
        return self.operations[operation](data, principal)


def findings_of(text: str, path: str = "w.yaml", **surroundings):
    return check(text, path, Surroundings(**surroundings))


async def compile_text(
    text: str, inputs: dict | None = None, path: str = "w.yaml", settings: dict | None = None, **surroundings
) -> tuple[RunSpec, Sequence[TaskSpec]]:
    source = WorkflowSource(lambda _: Surroundings(**surroundings))
    request = RunRequest(target=path, text=text, inputs=inputs or {}, settings=settings or {})
    return await source.compile(request, "r1")


@attrs.define
class Ran:
    """What became of a run: results and logs by task."""

    results: dict[str, AgentResult] = attrs.field(factory=dict)
    logs: dict[str, str] = attrs.field(factory=dict)


STATES = {"succeeded": "accepted", "failed": "failed", "skipped": "skipped"}


async def run_tasks(run: RunSpec, tasks: Sequence[TaskSpec], context: FakeContext, directory: Path) -> Ran:
    """Run tasks in order as the engine would: a task whose needs were not accepted is skipped."""
    agent = WorkflowAgent(context)
    ran = Ran()
    states: dict[str, dict] = {}
    tolerated = {task.task_id for task in tasks if task.tolerates_failure}
    for task in tasks:
        unmet = [
            need
            for need in task.needs
            if not need.settled
            and states[need.task_id]["result"] != "accepted"
            and not (states[need.task_id]["result"] == "failed" and need.task_id in tolerated)
        ]
        if unmet:
            states[task.task_id] = {"result": "skipped", "outputs": {}}
            continue
        place = directory / task.task_id
        if task.workspace == "git":
            await trio.run_process(["git", "clone", "-q", str(run.settings["repository"]), str(place)])
        else:
            place.mkdir(parents=True)
        journal = FakeJournal()
        result = await agent.run(
            Assignment(
                run_id=run.run_id,
                spec=TaskSpec.from_data(task.to_data()),
                token=1,
                attempt=1,
                journal=journal,
                workspace=FakeWorkspace(place),
                inputs=run.inputs,
                settings=run.settings,
                needs={need.task_id: states[need.task_id] for need in task.needs},
            )
        )
        ran.results[task.task_id] = result
        ran.logs[task.task_id] = journal.text
        outputs = result.outputs if result.outcome == "succeeded" else {}
        states[task.task_id] = {"result": STATES[result.outcome], "outputs": outputs}
    return ran


async def run_text(
    text: str, tmp_path: Path, inputs=None, context=None, settings=None, path="w.yaml", root=None
) -> Ran:
    context = context or FakeContext(project_directory=tmp_path)
    config = context.config
    run, tasks = await compile_text(
        text,
        inputs,
        path,
        settings,
        secrets=frozenset(config.secrets),
        variables=config.variables,
        root=root or tmp_path,
    )
    return await run_tasks(run, tasks, context, tmp_path / "work")
