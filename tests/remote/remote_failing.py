"""A plugin that raises what nobody expects, wherever the test wants it to."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import attrs
import trio

from mosaic_hookspecs import (
    AgentOffer,
    Health,
    InterceptorSpec,
    Operation,
    OperationKind,
    Provision,
    State,
    hookimpl,
)


@attrs.frozen(kw_only=True)
class Config:
    hook: str = ""
    stage: str = ""
    when: str = "before"


@attrs.frozen(kw_only=True)
class Ask:
    how: str = "plainly"


@attrs.frozen(kw_only=True)
class Answer:
    text: str = ""


async def fail(how="plainly"):
    if how == "exit":
        sys.exit(7)
    if how == "in-a-group":
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fail)
    if how == "system":
        raise TimeoutError("it takes too long")
    raise KeyError("oops")  # the line that is to be shown


class Agent:
    offer = AgentOffer(name="agent")

    async def run(self, assignment):
        await fail(assignment)

    def at_once(self):
        raise KeyError("oops")

    async def items(self) -> AsyncIterator[int]:
        yield 1
        await fail()

    @asynccontextmanager
    async def context(self):
        yield 1
        await fail()


class Failing:
    Config = Config

    @hookimpl
    async def mosaic_provide(self, context):
        self._fail(context, "mosaic_provide")
        return [Provision(port="agents", name="agent", provider=Agent())]

    @hookimpl
    def mosaic_operations(self, context):
        self._fail(context, "mosaic_operations")

        async def handle(data, call):
            await fail(data.how)

        async def follow(data, call):
            yield Answer(text="first")
            await fail(data.how)

        return [
            Operation(
                name=f"failing.{name}",
                kind=kind,
                input=Ask,
                output=Answer,
                handler=handler,
                permission="",
                summary="Fail.",
            )
            for name, kind, handler in (
                ("handle", OperationKind.QUERY, handle),
                ("follow", OperationKind.STREAM, follow),
            )
        ]

    @hookimpl
    def mosaic_interceptors(self, context):
        self._fail(context, "mosaic_interceptors")
        if not context.config.stage:
            return []

        async def intercept(call, data, proceed):
            if call.operation.name != "other.plain":
                return await proceed(data)
            if context.config.when == "before":
                await fail()
            try:
                await proceed(data)
            finally:
                await fail()

        return [InterceptorSpec(stage=context.config.stage, interceptor=intercept)]

    @hookimpl
    async def mosaic_validate(self, context):
        self._fail(context, "mosaic_validate")

    @hookimpl
    async def mosaic_start(self, context):
        self._fail(context, "mosaic_start")

    @hookimpl
    async def mosaic_health(self, context):
        self._fail(context, "mosaic_health")
        return Health(is_well=True)

    @hookimpl
    async def mosaic_export_state(self, context):
        self._fail(context, "mosaic_export_state")
        return State(version=1, data=None)

    @hookimpl
    async def mosaic_drain(self, context):
        self._fail(context, "mosaic_drain")

    def _fail(self, context, hook):
        if context.config.hook == hook:
            raise KeyError("oops")
