"""Systems for tests of Tony: in this process, and what is mirrored between two of them, told independently."""

from __future__ import annotations

import json

from mosaic_hookspecs import (
    CancelRun,
    MosaicError,
    PauseRun,
    RecordEvent,
    ResumeRun,
    RunSpec,
    StartRun,
    TaskSpec,
    Unavailable,
    to_json_data,
)

COMMANDS = {"pause": PauseRun, "resume": ResumeRun, "cancel": CancelRun}


class InProcess:
    """Calls a kernel as a connection would: names of tools, JSON data, errors of Mosaic's kinds."""

    def __init__(self, kernel):
        self.kernel = kernel

    async def call(self, tool, /, **arguments):
        data = json.loads(json.dumps(to_json_data(arguments)))
        return to_json_data(await self.kernel.dispatch(tool, data))


class Breaking:
    """A connection that breaks once at a call of this name: before it was carried out, or after."""

    def __init__(self, inner, name, *, is_done):
        self.inner, self.name, self.is_done = inner, name, is_done

    async def call(self, tool, /, **arguments):
        if tool != self.name:
            return await self.inner.call(tool, **arguments)
        if self.is_done:
            await self.inner.call(tool, **arguments)
        raise Unavailable("connection-ended", "the connection has ended")


async def apply(kernel, *commands):
    outcomes = await kernel.port("storage").get().apply(commands, by="test")
    for outcome in outcomes:
        if isinstance(outcome, MosaicError):
            raise outcome


async def start(kernel, run_id, *tasks, project="default"):
    specs = [TaskSpec(task_id=name) for name in tasks or ("a",)]
    await apply(kernel, StartRun(run=RunSpec(run_id=run_id, project=project, title=run_id), tasks=specs))


async def note(kernel, kind="noise.made"):
    await apply(kernel, RecordEvent(kind=kind, body={"text": "…"}))


async def mirrored(kernel, origin):
    """Return the events of another system that count here, by a fold of the test's own."""
    found, position, hash_ = [], 0, ""
    for event in await kernel.port("storage").get().events(limit=100_000):
        body = json.loads(event.body)
        if event.kind != "tony.shared" or body["origin"] != origin:
            continue
        if (body["to"], body["to_hash"]) == (position, hash_):
            continue
        if body["replace"]:
            found = []
        elif (body["after"], body["after_hash"]) != (position, hash_):
            continue
        found += [(one["sequence"], one["kind"], one["run_id"]) for one in body["events"]]
        position, hash_ = body["to"], body["to_hash"]
    return found


async def own(kernel):
    """Return the events of a system that are to be mirrored, as `mirrored` does."""
    events = await kernel.port("storage").get().events(limit=100_000)
    return [
        (event.sequence, event.kind, event.run_id)
        for event in events
        if event.kind.startswith(("run.", "task.")) and event.kind not in ("task.renewed", "task.spent")
    ]


async def shared_runs(kernel, origin):
    """Return how the mirrored runs of another system stand."""
    found = await InProcess(kernel).call("bridge.list", origin=origin)
    return {one["run"]["run_id"]: one["run"]["state"] for one in found["runs"]}
