"""Plugins, right and wrong in every way that the kit looks for."""

from __future__ import annotations

import os
import threading

import attrs
import trio

from mosaic_hookspecs import Health, Operation, OperationKind, Provision, Refused, State, Unavailable, hookimpl

kept = []
released = threading.Event()


@attrs.frozen(kw_only=True)
class Ask:
    """What is asked."""

    text: str = ""


@attrs.frozen(kw_only=True)
class Answer:
    """What is answered."""

    text: str = ""


@attrs.frozen(kw_only=True)
class Bare:
    text: str = ""


class Speaker:
    """A provider of the observe port."""

    async def observe(self, events):
        pass


async def ask(data, call):
    return Answer(text=data.text)


async def tell(data, call):
    yield Answer(text=data.text)


QUERY = Operation(
    name="talk.ask",
    kind=OperationKind.QUERY,
    input=Ask,
    output=Answer,
    handler=ask,
    permission="talk:read",
    summary="Ask something.",
)
STREAM = attrs.evolve(
    QUERY, name="talk.tell", kind=OperationKind.STREAM, handler=tell, resume=lambda data, _item: data
)


class Right:
    """Has operations, a provider, a task, and state."""

    operations = (QUERY, STREAM)

    @attrs.frozen(kw_only=True)
    class Config:
        """Its configuration."""

        loud: bool = attrs.field(default=False, metadata={"help": "Whether it speaks loudly."})

    def __init__(self):
        self.heard = ["a word"]

    @hookimpl
    async def mosaic_provide(self, context):
        context.on_cleanup(self.heard.clear)
        return [Provision(port="observe", name="it", provider=Speaker())]

    @hookimpl
    def mosaic_operations(self, context):
        return self.operations

    @hookimpl
    async def mosaic_start(self, context):
        context.start_soon(trio.sleep_forever)

    @hookimpl
    async def mosaic_export_state(self):
        return State(version=1, data={"heard": list(self.heard)})

    @hookimpl
    async def mosaic_import_state(self, state):
        state.require(1)
        self.heard[:] = state.data["heard"]


def with_operation(**changes):
    return type("Changed", (Right,), {"operations": (attrs.evolve(QUERY, **changes),)})


class Undocumented(Right):
    @attrs.frozen(kw_only=True)
    class Config:
        """Its configuration."""

        loud: bool = False


class Forgetful(Right):
    @hookimpl
    async def mosaic_import_state(self, state):
        state.require(1)
        self.heard.clear()


class Careless(Right):
    @hookimpl
    async def mosaic_import_state(self, state):
        self.heard[:] = state.data["heard"]


class Guessing(Right):
    @hookimpl
    async def mosaic_import_state(self, state):
        if state.version != 1:
            raise ValueError(f"what is version {state.version}?")
        self.heard[:] = state.data["heard"]


class OtherCode(Right):
    @hookimpl
    async def mosaic_import_state(self, state):
        if state.version != 1:
            raise Refused("no", "no")
        self.heard[:] = state.data["heard"]


class NotJson(Right):
    @hookimpl
    async def mosaic_export_state(self):
        return State(data={"heard": set(self.heard)})

    @hookimpl
    async def mosaic_import_state(self, state):
        state.require(1)


class OnlyOnce(Right):
    count = 0

    @hookimpl
    async def mosaic_start(self, context):
        type(self).count += 1
        if context.generation > 1:
            raise Unavailable("busy", "there is one of me already")


class Clinging(Right):
    @hookimpl
    async def mosaic_start(self, context):
        kept.append(self)


class Straying(Right):
    @hookimpl
    async def mosaic_start(self, context):
        trio.lowlevel.spawn_system_task(trio.sleep, 100, name="talk-straggler")


class Threading(Right):
    @hookimpl
    async def mosaic_start(self, context):
        threading.Thread(target=released.wait, name="talk-worker", daemon=True).start()


class Opening(Right):
    @hookimpl
    async def mosaic_start(self, context):
        kept.extend(os.pipe())


class Littering(Right):
    @hookimpl
    async def mosaic_start(self, context):
        context.state_directory.mkdir(exist_ok=True)
        (context.state_directory / "talk.tmp").write_text("half of it")


class Varying(Right):
    @hookimpl
    def mosaic_operations(self, context):
        return self.operations[: 1 if context.generation > 1 else 2]


class Ailing(Right):
    @hookimpl
    async def mosaic_health(self, context):
        return Health(is_well=context.generation > 1, detail="it hurts")


def tidy_up():
    """End what the wrong ones left behind."""
    released.set()
    for one in kept:
        if isinstance(one, int):
            os.close(one)
    kept.clear()
