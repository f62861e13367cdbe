"""Plugins of the tests: operations that wait, that tell how far they are, and that change."""

from collections.abc import Mapping
from typing import Any

import attrs
import trio

from mosaic_hookspecs import InterceptorSpec, Manifest, Operation, OperationKind, hookimpl


@attrs.frozen(kw_only=True)
class Nothing:
    """Nothing."""


@attrs.frozen(kw_only=True)
class Text:
    """A text."""

    text: str


@attrs.frozen(kw_only=True)
class Gate:
    """Asks the person."""

    what: str = ""
    answers: Mapping[str, Any] = attrs.field(factory=dict)
    state: str = ""


@attrs.frozen(kw_only=True)
class Answer:
    """What the person said."""

    said: str = ""
    asks: Mapping[str, Any] = attrs.field(factory=dict)
    state: str = ""


class WaitingPlugin:
    """`begun` and `ended` tell of an operation that waits for ever, `calls` counts those of every plugin."""

    def __init__(self, further=()):
        self.begun, self.ended = trio.Event(), trio.Event()
        self.calls = 0
        self._further = further

    @hookimpl
    def mosaic_interceptors(self, context):
        return [InterceptorSpec(stage="metrics", interceptor=self._count)]

    async def _count(self, call, data, proceed):
        self.calls += 1
        return await proceed(data)

    @hookimpl
    def mosaic_operations(self, context):
        query = OperationKind.QUERY
        rows = [
            ("wait.forever", query, Nothing, Text, self._wait),
            ("wait.fail", query, Nothing, Text, _crash),
            ("wait.a.while", query, Nothing, Text, _wait_a_while),
            ("wait.ask", OperationKind.COMMAND, Gate, Answer, _ask),
            *((name, query, Nothing, Text, self._wait) for name in self._further),
        ]
        return [
            Operation(
                name=name, kind=kind, input=data, output=out, handler=does, permission="", summary="Waits."
            )
            for name, kind, data, out, does in rows
        ]

    async def _wait(self, data, call):
        self.begun.set()
        try:
            await trio.sleep_forever()
        finally:
            self.ended.set()


async def _wait_a_while(data, call):
    await trio.sleep(0.5)
    return Text(text="done")


async def _crash(data, call):
    raise ZeroDivisionError("by accident")


async def _ask(data, call):
    if data.state != "asked":
        schema = {"type": "object", "properties": {"yes": {"type": "boolean"}}, "required": ["yes"]}
        question = {"method": "elicitation/create", "params": {"message": data.what, "requestedSchema": schema}}
        return Answer(asks={"gate": question}, state="asked")
    answer = data.answers["gate"]
    return Answer(said=f"{answer['action']}: {answer.get('content')}")


def waiting(**options):
    plugin = WaitingPlugin(**options)
    return plugin, ("waiting", plugin, Manifest(summary="Waits."))
