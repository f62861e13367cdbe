"""With the inbox: what the policy leaves open, a person settles."""

import json
import sys

import pytest
import trio
from acp_bench import FAKE

from mosaic_kernel import Kernel


@pytest.mark.parametrize(("answer", "is_written"), [("Yes", True), ("No", False)])
async def test_a_person_settles_what_the_policy_leaves_open(tmp_path, answer, is_written):
    steps = [
        {"permission": {"kind": "execute", "title": "make it", "rawInput": {"command": "touch made.txt"}}},
        {"ask": {"terminal/create": {"command": "touch made.txt"}}},
        {"ask": {"terminal/wait_for_exit": {"terminalId": "terminal-1"}}},
    ]
    environment = {"FAKE_LOG": str(tmp_path / "said.jsonl"), "FAKE_STEPS": json.dumps(steps)}
    agent = {"command": [sys.executable, str(FAKE)], "environment": environment}
    # A terminal that is refused is asked about once more, by itself.
    agent["permissions"] = {"ask_seconds": 5.0 if is_written else 0.5}
    node = {"node_id": "F.001.01", "title": "Make it", "minutes": 5, "runtime": "fake"}
    node["checks"] = [{"name": "it is made", "parameters": {"run": "test -e made.txt"}}]
    nodes = [{"node_id": "E.001", "title": "Epic"}, {**node, "work": {"kind": "general"}}]
    settings = {"plugins.acp.agents": {"fake": agent}, "ports.storage": "memory"}
    async with Kernel(profile="local", directory=tmp_path, settings=settings, environment={}) as kernel:
        plan = json.dumps({"mosaic_plan": 1, "title": "Make", "nodes": nodes})
        run = await kernel.dispatch("run.create", {"target": "plan.json", "text": plan})
        with trio.fail_after(60):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(_answer, kernel, answer)
                view = await kernel.dispatch("run.drive", {"run_id": run.run_id})
                nursery.cancel_scope.cancel()
        detail = await kernel.dispatch("task.show", {"run_id": run.run_id, "task_id": "F.001.01"})
    assert (view.result == "accepted") is is_written, detail.attempts


async def _answer(kernel, answer):
    """Answer each permission that is asked for, once."""
    answered = set()
    while True:
        listed = await kernel.dispatch("inbox.list", {})
        for item in listed.items:
            if item.kind == "permission" and item.id not in answered and answer in item.options:
                answered.add(item.id)
                await kernel.dispatch("inbox.answer", {"id": item.id, "answer": answer, "name": "ada"})
        await trio.sleep(0.05)
