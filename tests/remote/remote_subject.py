"""A plugin that is run in a process of its own, and does there what tests ask of it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import attrs
import trio

from mosaic_hookspecs import (
    Contribution,
    Health,
    InterceptorSpec,
    Operation,
    OperationKind,
    Provision,
    Refused,
    State,
    hookimpl,
)


@attrs.frozen(kw_only=True)
class Config:
    greeting: str = attrs.field(default="Hello", metadata={"help": "The word to greet with."})
    fails_at: str = ""


@attrs.frozen(kw_only=True)
class Part:
    name: str = "part"


@attrs.frozen(kw_only=True)
class Ask:
    """What is asked."""

    what: str = attrs.field(default="", metadata={"help": "The question."})
    number: int = 0
    parts: Sequence[Part] = attrs.field(factory=tuple)
    facts: Mapping[str, Any] = attrs.field(factory=dict)
    maybe: str | None = None


@attrs.frozen(kw_only=True)
class Answer:
    """What is answered."""

    text: str
    number: int = 0


class Screen:
    def __init__(self):
        self.asked = 0

    def contributions(self):
        self.asked += 1
        return [Contribution(kind="panel", name="subject", title=f"Asked {self.asked}", data={"n": self.asked})]


class Watcher:
    def __init__(self, context):
        self._context = context

    async def observe(self, events):
        self._context.bus.publish("subject.saw", [event.kind for event in events])


class Door:
    name = "door"

    def __init__(self):
        self._addresses = []

    @property
    def addresses(self):
        return list(self._addresses)

    async def serve(self):
        self._addresses = ["http://127.0.0.1:1"]
        try:
            await trio.sleep_forever()
        finally:
            self._addresses = []


class Subject:
    Config = Config

    def __init__(self):
        self.remembered = "nothing"
        self.failures = []
        self.made = 0

    @hookimpl
    async def mosaic_provide(self, context):
        self._fail(context, "provide")
        return [
            Provision(port="ui", name="screen", provider=Screen()),
            Provision(port="observe", name="watcher", provider=Watcher(context)),
            Provision(port="transport", name="door", provider=Door()),
        ]

    @hookimpl
    def mosaic_operations(self, context):
        def operation(name, handler, kind=OperationKind.QUERY, **more):
            return Operation(
                name=f"subject.{name}",
                kind=kind,
                input=Ask,
                output=Answer,
                handler=handler,
                permission="subject:read",
                summary="Do what the test asks.",
                **more,
            )

        async def echo(data, call):
            text = (
                f"{context.config.greeting}, {data.what}! {call.principal.name} {len(data.parts)} {data.maybe}"
            )
            return Answer(text=text, number=data.number)

        async def count(data, call):
            try:
                for number in range(data.number):
                    self.made += 1
                    yield Answer(text="item", number=number)
            finally:
                self.remembered = "stream closed"

        async def do(data, call):
            return Answer(text=str(await getattr(self, data.what)(context, data)))

        return [
            operation("echo", echo),
            operation("count", count, OperationKind.STREAM, resume=_go_on),
            operation("do", do, OperationKind.COMMAND),
        ]

    @hookimpl
    def mosaic_interceptors(self, context):
        async def intercept(call, data, proceed):
            if call.operation.name == "other.plain" and data.text == "refuse":
                raise Refused("not-today", "the subject refuses")
            if call.operation.name == "other.plain" and data.text == "change":
                result = await proceed(attrs.evolve(data, text="changed"))
                return attrs.evolve(result, text=result.text + " twice")
            return await proceed(data)

        return [InterceptorSpec(stage="trace", interceptor=intercept)]

    @hookimpl
    async def mosaic_validate(self, context):
        self._fail(context, "validate")

    @hookimpl
    async def mosaic_start(self, context):
        self._fail(context, "start")
        context.on_cleanup(lambda: sys.stderr.write("cleaned up\n"))

    @hookimpl
    async def mosaic_health(self, context):
        return Health(is_well=self.remembered != "ill", detail=f"pid {os.getpid()}")

    @hookimpl
    async def mosaic_export_state(self, context):
        return State(version=2, data={"remembered": self.remembered, "tuple": (1, 2)})

    @hookimpl
    async def mosaic_import_state(self, context, state):
        state.require(2)
        self.remembered = f"{state.data['remembered']} {state.data['tuple']}"

    @hookimpl
    def mosaic_plugin_failed(self, context, plugin, error):
        self.failures.append(f"{plugin}: {error}")

    def _fail(self, context, step):
        if context.config.fails_at == step:
            raise Refused("as-asked", f"fails at {step}", hint="Ask otherwise.")

    async def pid(self, context, data):
        return os.getpid()

    async def die(self, context, data):
        os.kill(os.getpid(), signal.SIGKILL)

    async def leave(self, context, data):
        sys.stderr.write("my last words\n")
        sys.stderr.flush()
        os._exit(3)

    async def close(self, context, data):
        os.closerange(3, 100)
        time.sleep(60)  # noqa: ASYNC251 - it is to stand still

    async def sleep(self, context, data):
        try:
            await trio.sleep_forever()
        except trio.Cancelled:
            self.remembered = "cancelled"
            raise

    async def hang(self, context, data):
        time.sleep(60)  # noqa: ASYNC251 - it is to stand still

    async def hang_when_cancelled(self, context, data):
        try:
            await trio.sleep_forever()
        finally:
            time.sleep(60)  # noqa: ASYNC251 - it is to stand still

    async def burn(self, context, data):
        while True:
            pass

    async def hog(self, context, data):
        return len(bytearray(data.number))

    async def open_many(self, context, data):
        return len([os.open(os.devnull, os.O_RDONLY) for _ in range(data.number)])

    async def raise_plainly(self, context, data):
        raise ZeroDivisionError("by zero")

    async def raise_os_error(self, context, data):
        raise FileNotFoundError(2, "No such file or directory", "/nowhere")

    async def exit(self, context, data):
        sys.exit(7)

    async def print(self, context, data):
        print("printed by the plugin", flush=True)  # noqa: T201 - as plugins do
        os.write(1, b"written to descriptor 1\n")
        return "printed"

    async def crash_later(self, context, data):
        async def crash():
            raise RuntimeError("a task raised")

        context.start_soon(crash)
        return "soon"

    async def recall(self, context, data):
        return self.remembered

    async def remember(self, context, data):
        self.remembered = data.facts["what"]
        return self.remembered

    async def made_items(self, context, data):
        return self.made

    async def heard_failures(self, context, data):
        return " ".join(self.failures)

    async def ask_other(self, context, data):
        found = await context.dispatch("other.plain", {"text": "from the child"})
        return f"{type(found).__name__} {found.text} {found.by}"

    async def port_names(self, context, data):
        return ",".join(context.port("storage").names())

    async def use_storage(self, context, data):
        storage = context.port("storage").get()
        document = await storage.put_document("subject.kept", "k", {"n": 1})
        found = await storage.get_document("subject.kept", "k")
        return f"{document == found} {type(found).__name__} {await storage.head()} {hasattr(storage, 'drive')}"

    async def slow_port(self, context, data):
        with context.port("storage").within(0.01, "Ask again."):
            await trio.sleep_forever()

    async def missing_port(self, context, data):
        context.port("scheduling").get()

    async def listen(self, context, data):
        async with context.bus.subscribe("news.*") as notices:
            context.bus.publish("subject.listens", "now")
            notice = await anext(notices)
            return f"{notice.topic} {notice.body}"

    async def log(self, context, data):
        context.log.bind(bound=1).warning("subject.spoke", words=data.what, error=ValueError("bad"))
        return "logged"

    async def log_from_thread(self, context, data):
        await trio.to_thread.run_sync(lambda: context.log.error("subject.thread"))
        return "logged"

    async def places(self, context, data):
        return f"{context.plugin} {context.generation} {context.state_directory} {context.project_directory}"

    async def now(self, context, data):
        return context.clock.now()

    async def start_child(self, context, data):
        return subprocess.Popen(["sleep", "600"]).pid  # noqa: ASYNC220

    async def flood(self, context, data):
        for number in range(data.number):
            context.log.debug("subject.flood", number=number, text="x" * 100)
        return "flooded"

    async def long_line(self, context, data):
        return "x" * data.number


def _go_on(data, item):
    return attrs.evolve(data, number=data.number - item.number - 1)
