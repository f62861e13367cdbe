"""Two real systems and an adapter between them, each killed in the middle; and a program under asyncio."""

import json
import os
import subprocess
import sys
from functools import partial

import anyio
import pytest
import trio
from tony_plans import greetings
from tony_processes import AdapterProcess, Served, environment_in
from tony_systems import mirrored, own

from mosaic_hookspecs import MosaicError
from mosaic_tony import Tony, TonyAdapter, create_mcp_server
from mosaic_tony.adapter import MIRRORED
from mosaic_tony.patience import patiently

_FACTOR = float(os.environ.get("MOSAIC_CHAOS", "1"))
PLAN = json.dumps(greetings("Hello", "Bye", checks=False, runtime="nobody-here").to_data())
VICTIMS = [("adapter",), ("shared",), ("local",)] * int(_FACTOR) if _FACTOR > 1 else [("shared", "adapter")]


async def until_mirrored(source, target, origin):
    """Wait until all that happened in a system is mirrored in the other."""
    last = (await patiently(lambda: source.call("bridge.events", kinds=MIRRORED, limit=500), 60))["events"][-1]
    with trio.fail_after(60):
        while True:
            cursor = await patiently(lambda: target.call("bridge.cursor", origin=origin), 60)
            if cursor["position"] >= last["sequence"]:
                return
            await trio.sleep(0.05)


async def do(system, verb, **about):
    """Do something to a run, unless it was done and only the answer was lost."""
    try:
        await system.call(f"run.{verb}", **about)
    except MosaicError as error:
        if error.code not in ("duplicate-run", "wrong-state"):
            raise


class Inside:
    """An adapter in this process; it keeps nothing, so that to leave it is to kill it."""

    def __init__(self, nursery, here, there):
        self._nursery, self._systems = nursery, (here, there)
        self._scope = None

    async def begin(self):
        self._scope = trio.CancelScope()
        adapter = TonyAdapter(*self._systems, name="alice", shared_name="team", limit=4)
        self._nursery.start_soon(self._run, self._scope, adapter)

    async def crash(self):
        self._scope.cancel()
        await self.begin()

    async def _run(self, scope, adapter):
        with scope:
            await adapter.run()


@pytest.mark.chaos
async def test_no_kill_loses_or_doubles_anything(tmp_path, mosaic_kernel):
    environment = environment_in(tmp_path)
    local, shared = Served(tmp_path / "local", environment), Served(tmp_path / "shared", environment)
    outside = AdapterProcess(tmp_path, local, shared, environment)
    try:
        for one in (local, shared):
            one.begin()
        for one in (local, shared):
            await one.until_served()
        async with (
            create_mcp_server(mode="team", url=local.url, token=local.token) as here,
            create_mcp_server(mode="team", url=shared.url, token=shared.token) as there,
            trio.open_nursery() as nursery,
        ):
            adapter = outside if _FACTOR > 1 else Inside(nursery, here, there)
            await adapter.begin()
            for number, victims in enumerate(VICTIMS):
                for system in (here, there):
                    about = {"target": "greetings.json", "text": PLAN, "run_id": f"r-{number}"}
                    await patiently(partial(do, system, "create", **about), 60)
                    for verb in ("pause", "resume"):
                        await patiently(partial(do, system, verb, run_id=f"r-{number}"), 60)
                for name in victims:
                    await {"adapter": adapter, "local": local, "shared": shared}[name].crash()
                for system in (here, there):
                    await patiently(partial(do, system, "cancel", run_id=f"r-{number}"), 60)
            await until_mirrored(here, there, "alice")
            await until_mirrored(there, here, "team")
            nursery.cancel_scope.cancel()
    finally:
        for one in (outside, local, shared):
            await one.end()
    async with (
        mosaic_kernel("sqlite", directory=tmp_path / "local") as local_store,
        mosaic_kernel("sqlite", directory=tmp_path / "shared") as shared_store,
    ):
        assert await mirrored(shared_store, "alice") == await own(local_store)
        assert await mirrored(local_store, "team") == await own(shared_store)
        kinds = [kind for _, kind, _ in await own(local_store) if kind in ("run.created", "run.cancelled")]
        assert kinds == ["run.created", "run.cancelled"] * len(VICTIMS)


def write(work):
    (work.workspace / "Hello.txt").write_text("Hello")


def test_a_program_under_asyncio_starts_a_system_of_its_own(tmp_path):
    place = tmp_path / "project"
    place.mkdir()

    async def main():
        async with create_mcp_server(
            mode="local", directory=place, environment=environment_in(tmp_path)
        ) as mcp:
            tony = Tony(mcp=mcp, name="ada")
            run = await tony.spawn(greetings("Hello"), agents="ada", into=place / "hello")
            tally = await tony.work(write, most=1)
            result = await run.result()
            return tally.accepted, result.result, [one.kind async for one in run][-1]

    assert anyio.run(main, backend="asyncio") == (1, "accepted", "run.finished")
    assert (place / "hello/Hello.txt").read_text() == "Hello"


def test_nothing_heavy_is_imported_before_it_is_used():
    code = (
        "import sys, mosaic_tony; print(*sorted(sys.modules)); "
        "from mosaic_tony import Tony, TonyAdapter, MosaicCore, create_mcp_server; print(*sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, second = (set(line.split()) for line in done.stdout.splitlines())
    assert not {"anyio", "attrs", "mosaic_hookspecs.plan"} & first
    assert not {"mcp", "mcp_types", "httpx2", "mosaic_kernel", "trio", "asyncio"} & second
