"""The kits that compare methods say which was changed, over providers of the house that were changed."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import pytest
from kit_running import failures, opening, require_told

import mosaic_testing
from mosaic_command.agent import CommandAgent
from mosaic_command.command_check import CommandCheck
from mosaic_memory.storage import MemoryStorage
from mosaic_testing import agents, planning, storage, workspace
from mosaic_testing.clocks import ControlledClock


class OtherWait(MemoryStorage):
    async def wait(self, position):
        return await super().wait(position)


class OtherRun(CommandAgent):
    async def run(self, task):
        return await super().run(task)


class ShortCheck(CommandCheck):
    async def run(self, check, directory):
        return await super().run(check, directory, print)


class Nobody:
    async def run(self, assignment):
        return None


class PlainPlan:
    name = "plain"

    def plan(self, request):
        raise AssertionError(request)


class HalfWorkspaces:
    name = "half"

    async def prepare(self, run_id, settings):
        return settings

    async def open(self, request):
        raise AssertionError(request)

    async def publish(self, request, proposal, force):
        raise AssertionError(request)


@pytest.mark.parametrize(
    ("kit", "port", "made", "expected"),
    [
        (storage, "storage", OtherWait, "Storage.wait: expected wait(after), found wait(position)"),
        (agents, "agents", OtherRun, "Agent.run: expected run(assignment), found run(task)"),
        (
            agents,
            "agents",
            ShortCheck,
            "CheckRunner.run: expected run(check, directory, on_output), found run(check, directory)",
        ),
        (agents, "agents", Nobody, "Nobody has neither an offer, as an agent has, nor a name"),
        (
            planning,
            "planning",
            PlainPlan,
            "Planner.plan: expected async plan(request), found plan(request), which is not async",
        ),
        (
            workspace,
            "workspace",
            HalfWorkspaces,
            "WorkspaceProvider.reap: expected async reap(is_live), found nothing",
        ),
        (
            workspace,
            "workspace",
            HalfWorkspaces,
            "WorkspaceProvider.open: expected open(request), found open(request), which is async",
        ),
        (
            workspace,
            "workspace",
            HalfWorkspaces,
            "expected publish(request, proposal), found publish(request, proposal, force)",
        ),
    ],
)
async def test_a_changed_method_is_told(tmp_path, kit, port, made, expected):
    provider = made(ControlledClock()) if made is OtherWait else made()
    opened = opening(port, provider, tmp_path)
    require_told(await failures(kit, opened, tmp_path, only=["test_it_keeps_the_contract"]), expected)


def test_what_is_published_is_there_and_described():
    for path in Path(mosaic_testing.__file__).parent.glob("[a-z]*.py"):
        module = importlib.import_module(f"mosaic_testing.{path.stem}")
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name)
            if inspect.isclass(value) or inspect.isfunction(value):
                assert value.__doc__, f"{path.stem}.{name} has no docstring"
