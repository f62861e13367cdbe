"""Two real systems and an adapter between them, each killed in the middle; and a program under asyncio."""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import trio
from tony_processes import Served, adapter_process, environment_in, log_of
from tony_systems import mirrored, own

from mosaic_hookspecs import MosaicError
from mosaic_tony import create_mcp_server
from mosaic_tony.adapter import MIRRORED
from mosaic_tony.patience import patiently

_FACTOR = float(os.environ.get("MOSAIC_CHAOS", "1"))
WORKFLOW = "jobs: {hello: {steps: [{run: 'true'}]}}"
VICTIMS = ["adapter", "shared", "local"] * int(_FACTOR) if _FACTOR > 1 else ["both"]


async def until_mirrored(source, target, origin, runs):
    """Wait until so many runs of a system are finished, and all that happened there is mirrored."""
    found = cursor = None
    with trio.move_on_after(60):
        while True:
            found = await patiently(lambda: source.call("run.list"), 60)
            states = [one["state"] for one in found["items"]]
            last = await patiently(lambda: source.call("bridge.events", kinds=MIRRORED, limit=500), 60)
            cursor = await patiently(lambda: target.call("bridge.cursor", origin=origin), 60)
            if states.count("finished") == runs and cursor["position"] >= last["events"][-1]["sequence"]:
                return
            await trio.sleep(0.05)
    raise AssertionError(f"{runs} runs of {origin}: {found}, mirrored up to {cursor}")


async def made_once(system, about):
    """Make a run, unless it was made and only the answer was lost."""
    try:
        await system.call("run.create", **about)
    except MosaicError as error:
        if error.code != "duplicate-run":
            raise


@pytest.mark.chaos
async def test_no_kill_loses_or_doubles_anything(tmp_path, mosaic_kernel):
    environment = environment_in(tmp_path)
    systems = {name: Served(tmp_path / name) for name in ("local", "shared")}
    for one in systems.values():
        one.start(environment)
    adapters = []
    try:
        for one in systems.values():
            await one.until_served()
        local, shared = systems.values()

        def begin():
            backend = ("trio", "asyncio")[len(adapters) % 2]
            adapters.append(adapter_process(tmp_path, local, shared, environment, backend))

        async def kill_adapter():
            adapters[-1].kill()
            await trio.to_thread.run_sync(adapters[-1].wait)
            begin()

        kill = {
            "adapter": kill_adapter,
            **{name: partial(one.crash, environment) for name, one in systems.items()},
        }
        begin()
        async with (
            create_mcp_server(mode="team", url=local.url, token=local.token) as here,
            create_mcp_server(mode="team", url=shared.url, token=shared.token) as there,
        ):
            made = 0
            for victim in VICTIMS:
                for system in (here, there):
                    about = {"target": "w.yaml", "text": WORKFLOW, "run_id": f"r-{made}"}
                    await patiently(partial(made_once, system, about), 60)
                made += 1
                for name in {"both": ("shared", "adapter")}.get(victim, (victim,)):
                    await kill[name]()
            await until_mirrored(here, there, "alice", made)
            await until_mirrored(there, here, "team", made)
        assert adapters[-1].poll() is None, log_of(tmp_path)
    finally:
        for one in adapters:
            one.kill()
            one.wait()
        for one in systems.values():
            await one.end()
    async with (
        mosaic_kernel("sqlite", directory=tmp_path / "local") as local_store,
        mosaic_kernel("sqlite", directory=tmp_path / "shared") as shared_store,
    ):
        assert await mirrored(shared_store, "alice") == await own(local_store)
        assert await mirrored(local_store, "team") == await own(shared_store)


PROGRAM = """
import asyncio
import sys
from mosaic_tony import Tony, create_mcp_server
sys.path.insert(0, sys.argv[1])
from tony_plans import greetings

def write(work):
    (work.workspace / "Hello.txt").write_text("Hello")

async def main():
    async with create_mcp_server(mode="local", directory=sys.argv[2]) as mcp:
        tony = Tony(mcp=mcp, name="ada")
        run = await tony.spawn(greetings("Hello"), agents="ada", into=sys.argv[2] + "/hello")
        tally = await tony.work(write, most=1)
        result = await run.result()
        print(tally.accepted, result.result, [one.kind async for one in run][-1])

asyncio.run(main())
"""


def test_a_program_under_asyncio_starts_a_system_of_its_own(tmp_path):
    (tmp_path / "project").mkdir()
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", PROGRAM, str(Path(__file__).parent), str(tmp_path / "project")],
        env=environment_in(tmp_path),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout == "1 accepted run.finished\n", done.stderr
    assert done.stderr == ""
    assert (tmp_path / "project/hello/Hello.txt").read_text() == "Hello"


def test_nothing_heavy_is_imported_before_it_is_used():
    code = (
        "import sys, mosaic_tony; print(*sorted(sys.modules)); "
        "from mosaic_tony import Tony, TonyAdapter, MosaicCore, create_mcp_server; print(*sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, second = (set(line.split()) for line in done.stdout.splitlines())
    assert not {"anyio", "attrs", "mosaic_hookspecs.plan"} & first
    assert not {"mcp", "mcp_types", "httpx2", "mosaic_kernel", "trio", "asyncio"} & second
