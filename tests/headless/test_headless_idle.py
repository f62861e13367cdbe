"""While nothing happens, nothing is done: no model is asked, no tool is called, no processor is used."""

import gc
import json
import os
import time
from pathlib import Path

import pytest
import trio
from headless_bench import claude, codex
from headless_idle import served
from scripted_model import say, scripted_model

MULTIPLIER = float(os.environ.get("MOSAIC_CHAOS", "1"))
SECONDS = float(os.environ.get("MOSAIC_IDLE_SECONDS", "20" if MULTIPLIER > 1 else "3"))
WAITS = """
jobs:
  publish: {approval: "Publish it?", steps: [{run: "echo published"}]}
"""
pytestmark = [
    # The SDK's client leaves its streams to the garbage collector, whatever the server does.
    pytest.mark.filterwarnings(
        "ignore:Async generator '(httpx2|httpcore2|httpx2_sse|mcp.client):ResourceWarning"
    ),
    # What clients of before 2026-07-28 do is deprecated, and has to work.
    pytest.mark.filterwarnings("ignore:resources/:UserWarning"),
]


@pytest.fixture(autouse=True)
def swept():
    """Have what the client left collected while its warnings are expected."""
    yield
    gc.collect()


async def wait_for_work(worker):
    """Be a pull worker without work."""
    await worker.call_tool("work_take", {"agent": "ada", "wait_seconds": SECONDS + 300})
    raise AssertionError("there was no work")


@pytest.mark.chaos
async def test_agents_and_clients_that_wait_cost_nothing(tmp_path):
    async with scripted_model(lambda _: say("Who asks?")) as model:
        makers = {"claude": claude, "codex": codex}
        agents = {f"{name}-{n}": make(model) for name, make in makers.items() for n in (1, 2)}
        async with (
            # Somebody may install packages here meanwhile, and it would look at them.
            served(tmp_path, headless={"agents": agents}, watch={"packages": False}) as system,
            system.client("2026-07-28") as new,
            system.client("legacy") as old,
            system.client("2026-07-28") as worker,
            trio.open_nursery() as nursery,
        ):
            request = {"target": "w.yaml", "text": WAITS, "run_id": "r-1"}
            assert not (await new.call_tool("run_create", request)).is_error
            nursery.start_soon(wait_for_work, worker)
            await old.subscribe_resource("mosaic://runs")
            await old.subscribe_resource("mosaic://runs/r-1")
            hearing = new.listen(
                tools_list_changed=True,
                resources_list_changed=True,
                resource_subscriptions=["mosaic://runs", "mosaic://runs/r-1"],
            )
            async with hearing as events, trio.open_nursery() as listening:
                heard = []
                listening.start_soon(_collect, events, heard)
                with trio.fail_after(30):
                    await system.settle()
                operations, heard_before = system.operations(), len(heard)
                spent, own, since = system.spent(), time.process_time(), time.monotonic()
                await trio.sleep(SECONDS)
                used, passed = system.spent().since(spent), time.monotonic() - since
                own = time.process_time() - own
                told = {
                    "seconds": round(passed, 1),
                    "operations": system.operations()[len(operations) :],
                    "model requests": len(model.requests) + len(model.others),
                    "processes": len(system.children()),
                    "CPU seconds": used.seconds,
                    "wakes": used.wakes,
                    "CPU seconds of the clients": round(own, 3),
                    "heard": len(heard) - heard_before,
                }
                report({**told, "before": operations})
                assert "work.take" in operations, "the worker waits"
                listening.cancel_scope.cancel()
            nursery.cancel_scope.cancel()
    assert told["operations"] == []
    assert told["model requests"] == told["processes"] == told["heard"] == 0
    assert used.seconds <= 0.03 + passed * 0.002, told
    assert used.wakes <= 15 + passed * 3, told


def report(told):
    if file := os.environ.get("MOSAIC_IDLE_REPORT"):
        Path(file).write_text(json.dumps(told) + "\n")


async def _collect(events, heard):
    async for event in events:
        heard.append(event)
