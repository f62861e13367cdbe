"""What one call costs on its way through the house: bare, through pluggy, through a port, as an operation.

Prints nanoseconds of CPU a call, the least of several rounds, and the ratio to awaiting the function
itself; asserts nothing.

    python benchmarks/dispatch.py [CALLS]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import attrs
import pluggy
import trio
from measuring import row

from mosaic_hookspecs import (
    Call,
    Context,
    InterceptorSpec,
    Manifest,
    Operation,
    OperationKind,
    Proceed,
    Provision,
    hookimpl,
)
from mosaic_hookspecs.manifest import Provides
from mosaic_kernel import Kernel

ROUNDS = 7
spec, implementation = pluggy.HookspecMarker("benchmark"), pluggy.HookimplMarker("benchmark")


@attrs.frozen(kw_only=True)
class Ask:
    """What the operation is asked."""

    number: int


@attrs.frozen(kw_only=True)
class Answer:
    """What it answers."""

    number: int


ASK, ANSWER = Ask(number=1), Answer(number=1)


async def bare(_ask: Ask) -> Answer:
    return ANSWER


async def handler(_ask: Ask, _call: Call) -> Answer:
    return ANSWER


async def pass_on(_call: Call, data: Any, proceed: Proceed) -> Any:
    return await proceed(data)


class Provider:
    """A provider with one method of each kind."""

    async def ask(self, _ask: Ask) -> Answer:
        return ANSWER

    def ask_now(self, _ask: Ask) -> Answer:
        return ANSWER


def plugin(interceptors: int) -> tuple[str, type, Manifest]:
    """Return a plugin that provides a port, one operation, and some interceptors around it."""

    class Plugin:
        @hookimpl
        async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
            return [Provision(port="ui", name="benchmark", provider=Provider())]

        @hookimpl
        def mosaic_operations(self, context: Context) -> Sequence[Operation]:
            return [
                Operation(
                    name="benchmark.ask",
                    kind=OperationKind.QUERY,
                    input=Ask,
                    output=Answer,
                    handler=handler,
                    permission="benchmark:read",
                    summary="Answer.",
                )
            ]

        @hookimpl
        def mosaic_interceptors(self, context: Context) -> Sequence[InterceptorSpec]:
            return [InterceptorSpec(stage="metrics", interceptor=pass_on)] * interceptors

    provides = (Provides(port="ui", contract="1.0", name="benchmark"),)
    return ("benchmark", Plugin, Manifest(provides=provides))


class HookSpecs:
    """The hook that is compared with."""

    """The hook that is compared with."""

    @spec
    def ask(self, number: int) -> Any:
        """Ask every implementation."""


class Implementation:
    """One plugin of pluggy's."""

    """One plugin of pluggy's."""

    @implementation
    def ask(self, number: int) -> Any:
        return ANSWER


def hooks(count: int) -> Any:
    manager = pluggy.PluginManager("benchmark")
    manager.add_hookspecs(HookSpecs)
    for _ in range(count):
        manager.register(Implementation())
    return manager.hook


async def awaited(call: Callable[[], Awaitable[Any]], calls: int) -> float:
    """Return the least nanoseconds of CPU of awaiting a call."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time_ns()
        for _ in range(calls):
            await call()
        best = min(best, (time.process_time_ns() - start) / calls)
    return best


async def called(call: Callable[[], Any], calls: int) -> float:
    """Return the least nanoseconds of CPU of a plain call."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time_ns()
        for _ in range(calls):
            call()
        best = min(best, (time.process_time_ns() - start) / calls)
    return best


async def measure(calls: int) -> None:
    found: dict[str, float] = {}
    found["await the function itself"] = await awaited(lambda: bare(ASK), calls)
    provider = Provider()
    found["call a method of a provider"] = await called(lambda: provider.ask_now(ASK), calls)
    for count in (1, 10):
        hook = hooks(count)
        found[f"pluggy hook, {count} implementation{'s' * (count > 1)}"] = await called(
            lambda hook=hook: hook.ask(number=1), calls // 4
        )
    with tempfile.TemporaryDirectory() as name:
        for interceptors in (0, 3):
            async with Kernel(
                profile="",
                directory=Path(name),
                environment={},
                settings={"allow": ["benchmark"]},
                plugins=[plugin(interceptors)],
            ) as kernel:
                if not interceptors:
                    port = kernel.port("ui").get("benchmark")
                    found["port handle, plain method"] = await called(lambda: port.ask_now(ASK), calls)  # noqa: B023 - used at once
                    found["port handle, async method"] = await awaited(lambda: port.ask(ASK), calls)  # noqa: B023 - used at once
                found[f"kernel.dispatch, typed, {interceptors} interceptors"] = await awaited(
                    lambda: kernel.dispatch("benchmark.ask", ASK),
                    calls // 4,
                )
                if not interceptors:
                    found["kernel.dispatch, a mapping to decode"] = await awaited(
                        lambda: kernel.dispatch("benchmark.ask", {"number": 1}),
                        calls // 4,
                    )
    print("One call, CPU, and × of awaiting the function itself")
    base = found["await the function itself"]
    for what, nanoseconds in found.items():
        row(what, nanoseconds, "ns", base)


def main() -> None:
    trio.run(measure, int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)


if __name__ == "__main__":
    main()
