"""What the engine costs per task: no-op tasks through an agent in the same process, durable on SQLite.

Four graphs: independent tasks, a chain, one to many to one, and random layers. Beside each, measured in
the same run: the raw limit (the very events that the engine stored, and one row a change, written by
bare sqlite3 in as many transactions), a bare loop that commits twice a task, huey on SQLite, and doit
(which is not durable per task). CPU is the steady figure on a shared machine. Prints; asserts nothing.

    python benchmarks/engine_cost.py [--quick]
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import sqlite3
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import trio
from measuring import Cost, Stopwatch, row

from mosaic_engine.config import Config
from mosaic_engine.engine import Engine
from mosaic_hookspecs import AgentOffer, AgentResult, Event, Need, RunSpec, TaskSpec, topological_order
from mosaic_sql.storage import Settings, SqliteStorage

Graph = Mapping[str, Sequence[str]]
DONE = AgentResult(outcome="succeeded")


def independent(count: int) -> Graph:
    return {f"t{index}": () for index in range(count)}


def chain(count: int) -> Graph:
    return {f"t{index}": (f"t{index - 1}",) if index else () for index in range(count)}


def fan(count: int) -> Graph:
    middle = {f"t{index}": ("first",) for index in range(count)}
    return {"first": (), **middle, "last": tuple(middle)}


def layers(nodes: int, edges: int, seed: int = 1) -> Graph:
    """Nodes in 20 layers; every edge comes from a node of any layer before."""
    chance = random.Random(seed)
    width = nodes // 20
    graph: dict[str, list[str]] = {f"t{index}": [] for index in range(nodes)}
    left = edges
    while left:
        node = chance.randrange(width, nodes)
        need = f"t{chance.randrange(0, node // width * width)}"
        if need not in graph[f"t{node}"]:
            graph[f"t{node}"].append(need)
            left -= 1
    return graph


class Clock:
    """The wall clock."""

    def now(self) -> int:
        import time

        return time.time_ns() // 1_000_000


class Agent:
    """Does nothing, at once."""

    offer = AgentOffer(name="nothing", is_general=True)

    async def run(self, assignment: Any) -> AgentResult:
        return DONE


class Port:
    """A port with fixed providers."""

    def __init__(self, **providers: Any) -> None:
        self._providers = providers

    def names(self) -> tuple[str, ...]:
        return tuple(self._providers)

    def get(self, name: str = "") -> Any:
        return self._providers[name or next(iter(self._providers))]


class Silence:
    """A log, or a bus, that nobody listens to."""

    def bind(self, **_facts: Any) -> Silence:
        return self

    @contextlib.asynccontextmanager
    async def subscribe(self, *_topics: str) -> AsyncIterator[AsyncIterator[Any]]:
        yield self._nothing()

    async def _nothing(self) -> AsyncIterator[Any]:
        await trio.sleep_forever()
        yield

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_words, **_facts: None


def context_for(directory: Path, storage: SqliteStorage) -> Any:
    """The least that the engine asks of a kernel."""
    ports = {"storage": Port(sqlite=storage), "agents": Port(nothing=Agent())}
    return SimpleNamespace(
        config=Config(),
        clock=Clock(),
        log=Silence(),
        bus=Silence(),
        state_directory=directory,
        project_directory=directory,
        port=lambda name: ports.get(name, Port()),
    )


async def mosaic(graph: Graph, directory: Path) -> tuple[Cost, Sequence[Event], int]:
    """Return the cost of driving, the events, and how many calls wrote them."""
    storage = await SqliteStorage.open(Settings(path=str(directory / "mosaic.db")), Clock())
    engine = Engine(context_for(directory, storage))
    tasks = [
        TaskSpec(task_id=name, needs=tuple(Need(task_id=need) for need in needs))
        for name, needs in graph.items()
    ]
    await engine.create(RunSpec(run_id="run"), tasks)
    before = await storage.head()
    calls = 0
    apply = storage.apply

    async def counted(*args: Any, **options: Any) -> Any:
        nonlocal calls
        calls += 1
        return await apply(*args, **options)

    storage.apply = counted  # type: ignore[method-assign]
    with Stopwatch() as watch:
        await engine.drive("run")
    accepted = sum((await storage.counts("run")).values())
    run = await storage.run("run")
    if run is None or run.state.value != "finished" or accepted != len(graph):
        sys.exit("the run did not end well")
    events: list[Event] = []
    while page := await storage.events(after=events[-1].sequence if events else before, limit=5000):
        events += page
    await storage.aclose()
    return watch.cost, events, calls


def connect(directory: Path, name: str) -> sqlite3.Connection:
    connection = sqlite3.connect(directory / name, isolation_level=None)
    connection.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        "CREATE TABLE event (sequence INTEGER PRIMARY KEY, at INTEGER, kind TEXT, run TEXT, task TEXT,"
        " who TEXT, body TEXT, hash TEXT);"
        "CREATE TABLE task (name TEXT PRIMARY KEY, state TEXT, unmet INTEGER, token INTEGER);"
    )
    return connection


def raw_limit(graph: Graph, events: Sequence[Event], calls: int, directory: Path) -> Cost:
    """Write the same events, and one row for each, in as many transactions."""
    connection = connect(directory, "raw.db")
    connection.executemany(
        "INSERT INTO task VALUES (?, 'blocked', ?, 0)", [(name, len(needs)) for name, needs in graph.items()]
    )
    size = max(1, -(-len(events) // calls))
    with Stopwatch() as watch:
        for start in range(0, len(events), size):
            batch = events[start : start + size]
            connection.execute("BEGIN IMMEDIATE")
            connection.executemany(
                "INSERT INTO event VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(e.sequence, e.at, e.kind, e.run_id, e.task_id, e.by, e.body, e.hash) for e in batch],
            )
            connection.executemany(
                "UPDATE task SET state = ?, token = 1 WHERE name = ?", [(e.kind, e.task_id) for e in batch]
            )
            connection.execute("COMMIT")
    connection.close()
    return watch.cost


def bare_loop(graph: Graph, directory: Path) -> Cost:
    """Run the graph in one process with two commits a task, and nothing else."""
    connection = connect(directory, "loop.db")
    connection.executemany(
        "INSERT INTO task VALUES (?, 'blocked', ?, 0)", [(name, len(needs)) for name, needs in graph.items()]
    )
    dependants: dict[str, list[str]] = {name: [] for name in graph}
    for name, needs in graph.items():
        for need in needs:
            dependants[need].append(name)
    unmet = {name: len(needs) for name, needs in graph.items()}
    ready = [name for name, count in unmet.items() if not count]
    insert = (
        "INSERT INTO event (at, kind, run, task, who, body, hash) VALUES (0, ?, 'run', ?, 'loop', '{}', '')"
    )
    with Stopwatch() as watch:
        while ready:
            name = ready.pop()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE task SET state = 'leased', token = 1 WHERE name = ?", (name,))
            connection.execute(insert, ("claimed", name))
            connection.execute("COMMIT")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE task SET state = 'accepted' WHERE name = ?", (name,))
            connection.execute(insert, ("accepted", name))
            for other in dependants[name]:
                connection.execute("UPDATE task SET unmet = unmet - 1 WHERE name = ?", (other,))
                unmet[other] -= 1
                if not unmet[other]:
                    ready.append(other)
            connection.execute("COMMIT")
    connection.close()
    return watch.cost


def huey(graph: Graph, directory: Path) -> Cost:
    """The leanest way: one process takes from huey's queue, and puts in what became ready."""
    from huey import SqliteHuey

    queue = SqliteHuey(filename=str(directory / "huey.db"), fsync=True)

    @queue.task()
    def nothing(name: str) -> str:
        return name

    dependants: dict[str, list[str]] = {name: [] for name in graph}
    for name, needs in graph.items():
        for need in needs:
            dependants[need].append(name)
    unmet = {name: len(needs) for name, needs in graph.items()}
    with Stopwatch() as watch:
        for name, count in unmet.items():
            if not count:
                nothing(name)
        while (task := queue.dequeue()) is not None:
            name = queue.execute(task)
            for other in dependants[name]:
                unmet[other] -= 1
                if not unmet[other]:
                    nothing(other)
    if any(unmet.values()):
        sys.exit("huey left tasks behind")
    queue.storage.close()
    return watch.cost


def doit(graph: Graph, directory: Path) -> Cost:
    """One process, its SQLite backend, which writes at the end only."""
    from doit.cmd_base import ModuleTaskLoader
    from doit.doit_cmd import DoitMain

    ran: list[str] = []

    def action(name: str) -> None:
        ran.append(name)

    def task_all() -> Any:
        for name in topological_order(graph):
            yield {
                "name": name,
                "actions": [(action, (name,))],
                "task_dep": [f"all:{need}" for need in graph[name]],
            }

    settings = {
        "backend": "sqlite3",
        "dep_file": str(directory / "doit.db"),
        "verbosity": 0,
        "reporter": "zero",
    }
    loader = ModuleTaskLoader({"task_all": task_all, "DOIT_CONFIG": settings})
    here = Path.cwd()
    os.chdir(directory)
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        with contextlib.redirect_stdout(io.StringIO()), Stopwatch() as watch:
            DoitMain(loader).run(["run"])
    finally:
        os.chdir(here)
        sys.setrecursionlimit(limit)
    if len(ran) != len(graph):
        sys.exit("doit left tasks behind")
    return watch.cost


def measure(title: str, graph: Graph, rounds: int) -> None:
    """Print the least cost of each over some rounds."""
    edges = sum(len(needs) for needs in graph.values())
    print(f"{title}: {len(graph)} tasks, {edges} edges; ms a task, × the bare loop", flush=True)
    best: dict[str, Cost] = {}
    writes: list[int] = []

    def note(name: str, cost: Cost) -> None:
        if name not in best or cost.cpu < best[name].cpu:
            best[name] = cost

    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as name:
            directory = Path(name)
            cost, events, calls = trio.run(mosaic, graph, directory)
            note("Mosaic", cost)
            writes.append(calls)
            note("raw limit: the same events and rows", raw_limit(graph, events, calls, directory))
            note("bare sqlite3, two commits a task", bare_loop(graph, directory))
            note("huey on SQLite", huey(graph, directory))
            note("doit (not durable per task)", doit(graph, directory))
    print(f"  Mosaic stored it in {min(writes)} to {max(writes)} writes")
    base = best["bare sqlite3, two commits a task"]
    for what, cost in best.items():
        row(f"{what}, CPU", cost.cpu / len(graph) * 1000, "ms", base.cpu / len(graph) * 1000)
    for what, cost in best.items():
        row(f"{what}, wall", cost.wall / len(graph) * 1000, "ms", base.wall / len(graph) * 1000)


def main() -> None:
    rounds = 1 if "--quick" in sys.argv else 3
    measure("independent", independent(1000), rounds)
    measure("chain", chain(300), rounds)
    measure("one to many to one", fan(1000), rounds)
    measure("random layers", layers(2000, 6000), rounds)


if __name__ == "__main__":
    main()
