"""A kernel for one plugin, and agents, checks and workspaces that fail in every way."""

from __future__ import annotations

from collections import Counter
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import attrs
import trio

from mosaic_engine.config import Config
from mosaic_engine.engine import Engine
from mosaic_engine.operations import operations
from mosaic_hookspecs import (
    AgentOffer,
    AgentResult,
    Call,
    Check,
    CheckOutcome,
    MosaicError,
    Need,
    Notice,
    Principal,
    Proposal,
    Refused,
    Retry,
    RunSpec,
    StartRun,
    TaskSpec,
    Unavailable,
)
from mosaic_memory.storage import MemoryStorage

EPOCH = 1_700_000_000_000


class FakeClock:
    """Wall time that follows trio's, so that a mock clock moves both."""

    def now(self) -> int:
        return EPOCH + round(trio.current_time() * 1000)


class FakeLog:
    def __init__(self, lines=None):
        self.lines = [] if lines is None else lines

    def bind(self, **facts):
        return self

    def _write(self, event, **facts):
        self.lines.append((event, facts))

    debug = info = warning = error = _write


class FakeBus:
    def __init__(self):
        self.notices = []
        self._listeners = []
        self._missed = set()

    def publish(self, topic, body):
        notice = Notice(topic=topic, body=body)
        self.notices.append(notice)
        for topics, sending in self._listeners:
            if topic in topics:
                try:
                    sending.send_nowait(notice)
                except trio.WouldBlock:
                    self._missed.add(sending)

    @asynccontextmanager
    async def subscribe(self, *topics, capacity=1000):
        sending, receiving = trio.open_memory_channel(capacity)
        self._listeners.append((topics, sending))

        async def heard():
            async for notice in receiving:
                if sending in self._missed:  # as the kernel's bus tells it
                    self._missed.discard(sending)
                    yield Notice(topic="bus.missed", body=1)
                yield notice

        try:
            yield heard()
        finally:
            self._listeners.remove((topics, sending))


class FakePort:
    def __init__(self, name):
        self.name = name
        self.providers = {}

    def names(self):
        return tuple(self.providers)

    def get(self, name=""):
        if not self.providers or (name and name not in self.providers):
            raise Unavailable("no-provider", f"nothing fills {self.name}")
        return self.providers[name or next(iter(self.providers))]


class CountingStorage:
    """Counts the calls that go to a store."""

    def __init__(self, storage):
        self._storage = storage
        self.calls = Counter()
        self.largest_apply = 0

    def __getattr__(self, name):
        method = getattr(self._storage, name)

        async def call(*args, **options):
            self.calls[name] += 1
            if name == "apply":
                self.largest_apply = max(self.largest_apply, len(args[0]))
            return await method(*args, **options)

        return call


class FakeContext:
    def __init__(self, path: Path, config: Config, storage):
        self.plugin = "engine"
        self.config = config
        self.clock = FakeClock()
        self.log = FakeLog()
        self.bus = FakeBus()
        self.state_directory = path / ".mosaic"
        self.project_directory = path
        self.ports = {}
        self.port("storage").providers["memory"] = storage

    def port(self, name):
        return self.ports.setdefault(name, FakePort(name))


@attrs.define
class ScriptedAgent:
    """Does what its script says for each task: a callable that takes the assignment."""

    name: str = "worker"
    labels: frozenset[str] = frozenset()
    is_general: bool = True
    scripts: dict[str, Any] = attrs.field(factory=dict)
    seen: list[Any] = attrs.field(factory=list)
    running: int = 0
    most: int = 0

    @property
    def offer(self):
        return AgentOffer(name=self.name, labels=self.labels, is_general=self.is_general)

    async def run(self, assignment):
        self.seen.append(assignment)
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            script = self.scripts.get(assignment.spec.task_id, self.scripts.get("*"))
            if script is None:
                return AgentResult(outcome="succeeded")
            result = await script(assignment)
            return result or AgentResult(outcome="succeeded")
        finally:
            self.running -= 1

    def attempts(self, task_id):
        return [one for one in self.seen if one.spec.task_id == task_id]


@attrs.define
class FakeBranch:
    """A branch whose content is a list of commits; publishing is compare-and-swap."""

    commits: list[str] = attrs.field(factory=lambda: ["base"])
    barred: set[Any] = attrs.field(factory=set)

    @property
    def tip(self):
        return self.commits[-1]


@attrs.define
class FakeWorkspace:
    request: Any
    provider: Any
    path: Path = Path()

    async def changed(self):
        return ("file.py",)

    async def seal(self, message):
        self.provider.sealed.append((self.request.task_id, message))
        return f"sealed-{self.request.task_id}-{self.request.token}"

    async def propose(self):
        await trio.lowlevel.checkpoint()
        self.provider.proposals += 1
        if self.request.task_id in self.provider.conflicts:
            self.provider.conflicts.remove(self.request.task_id)
            raise Refused("merge-conflict", "both changed file.py", got="<<<<<<<", hint="Start from the tip.")
        if not self.provider.publishes:
            return Proposal()
        tip = self.provider.branch.tip
        task_id, token = self.request.task_id, self.request.token
        return Proposal(
            candidate=f"{task_id}@{token}on({tip})",
            base=tip,
            tree=self.provider.tree or f"tree {task_id} {tip}",
        )

    @asynccontextmanager
    async def checkout(self, candidate):
        self.provider.checkouts.append(candidate)
        yield self


@attrs.define
class FakeProvider:
    """A workspace provider with a branch."""

    name: str = "git"
    publishes: bool = True
    branch: FakeBranch = attrs.field(factory=FakeBranch)
    conflicts: list[str] = attrs.field(factory=list)
    sealed: list[Any] = attrs.field(factory=list)
    checkouts: list[str] = attrs.field(factory=list)
    answers: list[Any] = attrs.field(factory=list)
    leftovers: set[Any] = attrs.field(factory=set)
    proposals: int = 0
    opened: int = 0
    closed: int = 0
    on_publish: Any = None
    prepared: list[Any] = attrs.field(factory=list)
    tree: str = ""

    async def prepare(self, run_id, settings):
        self.prepared.append(run_id)
        return {**settings, "branch": settings.get("branch", f"mosaic/{run_id}")}

    @asynccontextmanager
    async def open(self, request):
        self.opened += 1
        try:
            yield FakeWorkspace(request, self)
        finally:
            self.closed += 1

    async def publish(self, request, proposal):
        if self.on_publish is not None:
            await self.on_publish(request, proposal)
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            if not answer:
                self.branch.commits.append(f"foreign-{len(self.branch.commits)}")
        fence = (request.run_id, request.task_id, request.token)
        if proposal.candidate in self.branch.commits:
            return True
        if fence in self.branch.barred or self.branch.tip != proposal.base:
            self.branch.barred.add(fence)
            return False
        self.branch.commits.append(proposal.candidate)
        return True

    async def reap(self, is_live):
        dead = {one for one in self.leftovers if not is_live(*one)}
        self.leftovers -= dead
        return len(dead)


@attrs.define
class FakeChecks:
    """Runs checks: `outcomes` maps a check's name to what it answers, in turn; else it passes."""

    name: str = "command"
    outcomes: dict[str, list[Any]] = attrs.field(factory=dict)
    ran: list[str] = attrs.field(factory=list)
    script: Any = None

    async def run(self, check, directory, on_output):
        self.ran.append(check.name)
        on_output(b"checking\n")
        if self.script is not None:
            await self.script(check)
        waiting = self.outcomes.get(check.name)
        answer = waiting.pop(0) if waiting else True
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, CheckOutcome):
            return answer
        return CheckOutcome(passed=answer, exit_code=0 if answer else 1, output=b"one\ntwo\nlast words\n")


class World:
    """An engine with everything around it; several worlds may share one storage."""

    def __init__(self, path: Path, storage=None, agent=None, checks=None, provider=None, **config):
        self.storage = CountingStorage(storage or MemoryStorage(FakeClock()))
        config.setdefault("parallelism", 4)
        self.context = FakeContext(path, Config(**config), self.storage)
        self.agent = agent or ScriptedAgent()
        self.checks = checks or FakeChecks()
        self.provider = provider or FakeProvider()
        agents = self.context.port("agents").providers
        agents[self.agent.name] = self.agent
        agents["check:command"] = self.checks
        self.context.port("workspace").providers["git"] = self.provider
        self.engine = Engine(self.context)
        self._operations = {one.name: one for one in operations(self.context, self.engine)}

    def call(self, name):
        principal = Principal(name="tester", permissions=frozenset("*"))
        return Call(operation=self._operations[name], principal=principal)

    async def ask(self, name, **data):
        operation = self._operations[name]
        return await operation.handler(operation.input(**data), self.call(name))

    def follow(self, name="event.follow", /, **data):
        operation = self._operations[name]
        return operation.handler(operation.input(**data), self.call(name))

    def resumed(self, name, item, **data):
        """Return the input with which a stream goes on after an item."""
        operation = self._operations[name]
        return attrs.asdict(operation.resume(operation.input(**data), item))

    async def start(self, *tasks, run_id="r", **spec):
        await self.engine.create(RunSpec(run_id=run_id, **spec), tasks)

    async def command(self, command):
        outcome = (await self.storage.apply([command], by="tester"))[0]
        if isinstance(outcome, MosaicError):
            raise outcome
        return outcome

    async def drive(self, run_id="r"):
        await self.engine.drive(run_id)
        return await self.ask("run.show", run_id=run_id)

    async def state(self, task_id, run_id="r"):
        record = await self.storage.task(run_id, task_id)
        return record.state.value

    async def kinds(self, task_id="", run_id="r"):
        events = await self.storage.events(run_id=run_id, task_id=task_id, limit=100_000)
        return [event.kind for event in events]


def task(task_id, *needs, attempts=1, delay=1.0, check=None, **fields):
    """A task spec in a line; `check` names one check, and puts the task into a git workspace."""
    if check is not None:
        fields.setdefault("workspace", "git")
        fields["checks"] = (Check(name=check),)
    return TaskSpec(
        task_id=task_id,
        needs=tuple(Need(task_id=name) for name in needs),
        retry=Retry(attempts=attempts, delay_seconds=delay, jitter=0.0),
        **fields,
    )


__all__ = [
    "CountingStorage",
    "FakeBranch",
    "FakeChecks",
    "FakeContext",
    "FakeProvider",
    "ScriptedAgent",
    "StartRun",
    "World",
    "task",
]
