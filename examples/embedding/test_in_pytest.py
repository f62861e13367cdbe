"""Mosaic inside pytest: a program's own tests, with the fixtures that mosaic-stack brings.

    pytest test_in_pytest.py

Nothing need be imported or configured for the fixtures. They need pytest-trio (``pip install
"mosaic-stack[test]"``), which runs asynchronous tests that carry the mark ``trio``, or all with ``trio_mode``.
"""

from collections.abc import Sequence

import attrs
import pytest
from trio.testing import MockClock

from mosaic_hookspecs import (
    Call,
    Context,
    NotFound,
    Operation,
    OperationKind,
    RunSpec,
    StartRun,
    Storage,
    TaskSpec,
    hookimpl,
)
from mosaic_testing.clocks import ControlledClock
from mosaic_testing.kernels import KernelFactory
from mosaic_testing.scripted import ScriptedAgent, fail, succeed

pytestmark = pytest.mark.trio


@attrs.frozen(kw_only=True)
class Order:
    """An order of the program that Mosaic is a part of."""

    number: int
    state: str = "open"


class OrdersPlugin:
    """The program's own plugin: its orders, as operations."""

    def __init__(self) -> None:
        self.orders = {7: Order(number=7)}

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare ``order.show``."""

        async def show(data: Order, call: Call) -> Order:
            if data.number not in self.orders:
                raise NotFound("no-order", f"there is no order {data.number}")
            return self.orders[data.number]

        return [
            Operation(
                name="order.show",
                kind=OperationKind.QUERY,
                input=Order,
                output=Order,
                handler=show,
                permission="order:read",
                summary="Show an order.",
            )
        ]


async def test_the_programs_own_operation(mosaic_kernel: KernelFactory) -> None:
    async with mosaic_kernel(OrdersPlugin) as kernel:
        assert (await kernel.dispatch("order.show", {"number": 7})).state == "open"
        with pytest.raises(NotFound):
            await kernel.dispatch("order.show", {"number": 8})


async def test_a_run_whose_agent_fails_once(
    mosaic_kernel: KernelFactory, mosaic_agent: ScriptedAgent, autojump_clock: MockClock
) -> None:
    mosaic_agent.scripts = {"build": [fail("no network"), succeed(version="1.2")]}
    async with mosaic_kernel("memory", "engine", mosaic_agent.plugin()) as kernel:
        run = StartRun(run=RunSpec(run_id="release"), tasks=[TaskSpec(task_id="build")])
        await kernel.port("storage").get().apply([run], by="test")
        # The engine waits a second before it tries again; with trio's mock clock that takes no time.
        driven = await kernel.dispatch("run.drive", {"run_id": "release"})
        assert driven.result == "accepted"
        task = await kernel.dispatch("task.show", {"run_id": "release", "task_id": "build"})
    assert task.outputs == {"version": "1.2"}
    assert [attempt.outcome for attempt in task.attempts] == ["refused", "accepted"]


async def test_what_is_stored_and_when(mosaic_storage: Storage, mosaic_clock: ControlledClock) -> None:
    await mosaic_storage.apply([StartRun(run=RunSpec(run_id="one"), tasks=[TaskSpec(task_id="a")])], by="test")
    mosaic_clock.advance(seconds=3600)
    await mosaic_storage.apply([StartRun(run=RunSpec(run_id="two"), tasks=[TaskSpec(task_id="a")])], by="test")
    two, one = await mosaic_storage.runs()
    assert two.created_at - one.created_at == 3_600_000
