"""The examples in the reference of the hooks do what the reference says."""

import inspect
import sys
from contextlib import aclosing
from pathlib import Path

import pytest
import trio
import trio.testing
from hook_examples.declaring import DeclaringPlugin
from hook_examples.feeling import FeelingPlugin
from hook_examples.following import NotesPlugin
from hook_examples.handing_over import HandingOverPlugin
from hook_examples.intercepting import InterceptingPlugin
from hook_examples.noticing import NoticingPlugin
from hook_examples.providing import ProvidingPlugin
from hook_examples.validating import ValidatingPlugin
from hook_examples.working import WorkingPlugin
from reference_pages import hooks
from reference_pages.hook_examples import examples

from mosaic_hookspecs import (
    HOOK_POLICIES,
    HOOKS_CONTRACT,
    PORTS,
    Call,
    Denied,
    Draft,
    Hooks,
    InputError,
    Manifest,
    Operation,
    OperationKind,
    Principal,
    Provides,
    Refused,
    State,
    hookimpl,
    seal_draft,
)
from mosaic_hookspecs.events import GENESIS
from mosaic_hookspecs.versions import fits

SIX = 6 * 3_600_000


def given(name, plugin, **fields):
    return name, plugin, Manifest(summary=name, hooks=HOOKS_CONTRACT, **fields)


def test_every_hook_has_an_example():
    assert sorted(examples()) == sorted(HOOK_POLICIES)


def test_examples_take_the_arguments_of_their_hooks():
    for name, (file, source) in examples().items():
        wanted = ", ".join(inspect.signature(getattr(Hooks, name)).parameters)
        found = source[source.index("(") + 1 : source.index(")")]
        assert ", ".join(one.partition(":")[0].strip() for one in found.split(",")) == wanted, file
        assert source.startswith(f"@hookimpl\n{'async ' if HOOK_POLICIES[name].is_async else ''}def {name}"), (
            file
        )


def test_every_argument_is_explained():
    taken = {name for hook in HOOK_POLICIES for name in inspect.signature(getattr(Hooks, hook)).parameters}
    assert set(hooks.ARGUMENTS) == taken - {"self"}
    assert all(fits(policy.since, HOOKS_CONTRACT) for policy in HOOK_POLICIES.values())
    assert set(hooks.DEADLINES) <= {name for name, policy in HOOK_POLICIES.items() if policy.is_async}


def test_every_port_and_every_method_is_on_the_page():
    text = hooks.page()
    assert sorted(hooks.PROTOCOLS) == sorted(PORTS)
    for port, protocols in hooks.PROTOCOLS.items():
        assert f"### Port `{port}`" in text
        for protocol in protocols:
            assert all(f"`{name}`" in text or f"{name}(" in text for name in hooks.members(protocol))
        for name in PORTS[port].moves | (PORTS[port].writes or set()):
            assert any(name in hooks.members(protocol) for protocol in protocols), (port, name)


async def test_providing(mosaic_kernel):
    plugin = given("kinds", ProvidingPlugin, provides=[Provides(port="observe", contract="1.0", name="kinds")])
    event = seal_draft(Draft(kind="a.b"), previous=GENESIS, sequence=1, at=0, by="test")
    async with mosaic_kernel(plugin) as kernel:
        await kernel.port("observe").get("kinds").observe([event])
        assert (kernel.state_directory / "kinds.txt").read_text() == "a.b\n"


async def test_declaring(mosaic_kernel):
    async with mosaic_kernel(given("numbers", DeclaringPlugin)) as kernel:
        assert (await kernel.dispatch("numbers.add", {"one": 2, "other": 3})).value == 5


@pytest.mark.parametrize(("at", "is_open"), [(SIX - 1, False), (SIX, True)])
async def test_intercepting(mosaic_kernel, at, is_open):
    class FixedClock:
        def now(self):
            return at

    plugins = given("night", InterceptingPlugin), given("count", HandingOverPlugin)
    async with mosaic_kernel(*plugins, clock=FixedClock()) as kernel:
        if is_open:
            assert (await kernel.dispatch("count.ask")).value == 1
        else:
            with pytest.raises(Denied, match="at night"):
                await kernel.dispatch("count.ask")
        assert (await kernel.dispatch("plugins.list")).plugins


async def test_validating(mosaic_kernel):
    plugin = given("waits", ValidatingPlugin)
    async with mosaic_kernel(plugin, settings={"plugins.waits.least_seconds": 2.0}):
        pass
    with pytest.raises(InputError) as caught:
        async with mosaic_kernel(plugin, settings={"plugins.waits.least_seconds": 61.0}):
            pass
    assert caught.value.code == "bad-range"


async def test_working(mosaic_kernel, autojump_clock):
    async with mosaic_kernel(given("letters", WorkingPlugin)) as kernel:
        await trio.testing.wait_all_tasks_blocked()
        for letter in ("one", "two"):
            kernel.bus.publish("letters", letter)
        await trio.testing.wait_all_tasks_blocked()
    text = mosaic_kernel.log.text
    assert text.count("letter.delivered") == 2
    assert "drain_timed_out" not in text


@pytest.mark.parametrize(("program", "state"), [(Path(sys.executable), "well"), ("no-such-program", "ill")])
async def test_feeling(mosaic_kernel, program, state):
    settings = {"plugins.feels.program": str(program)}
    async with mosaic_kernel(given("feels", FeelingPlugin), settings=settings) as kernel:
        checks = {check.name: check for check in (await kernel.dispatch("doctor.check")).checks}
    assert checks["plugin feels"].state == state


async def test_handing_over(mosaic_kernel):
    async with mosaic_kernel(given("count", HandingOverPlugin)) as kernel:
        await kernel.dispatch("count.ask")
        report = await kernel.dispatch("plugins.reload", {"name": "count"})
        assert report.is_complete, report
        assert (await kernel.dispatch("count.ask")).value == 2


async def test_following(mosaic_kernel, autojump_clock):
    """What is followed goes on over two reloads, and over one that comes before the first item."""
    async with mosaic_kernel(given("notes", NotesPlugin)) as kernel:
        seen, late = [], []

        async def follow(number, into):
            async with aclosing(kernel.follow("notes.follow", {"number": number})) as notes:
                async for note in notes:
                    into.append((note.number, note.text))

        async with trio.open_nursery() as nursery:
            await kernel.dispatch("notes.add", {"text": "one"})
            nursery.start_soon(follow, 0, seen)
            nursery.start_soon(follow, 2, late)
            await trio.testing.wait_all_tasks_blocked()
            for text in ("two", "three"):
                report = await kernel.dispatch("plugins.reload", {"name": "notes"})
                assert report.is_complete, report
                await kernel.dispatch("notes.add", {"text": text})
                await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
        assert seen == [(1, "one"), (2, "two"), (3, "three")]
        assert late == [(3, "three")]


async def test_handing_over_between_layouts():
    plugin = HandingOverPlugin()
    await plugin.mosaic_import_state(context=None, state=State(version=1, data=41))
    [operation] = plugin.mosaic_operations(context=None)
    call = Call(operation=operation, principal=Principal(name="test"))
    assert isinstance(operation, Operation)
    assert operation.kind is OperationKind.COMMAND
    assert (await operation.handler(None, call)).value == 42
    with pytest.raises(Refused):
        await plugin.mosaic_import_state(context=None, state=State(version=3))


async def test_noticing(mosaic_kernel, autojump_clock):
    class Crashing:
        @hookimpl
        async def mosaic_start(self, context):
            context.start_soon(self.crash)

        async def crash(self):
            await trio.sleep(1)
            raise RuntimeError("it broke")

    plugins = given("notices", NoticingPlugin), given("crashing", Crashing)
    async with mosaic_kernel(*plugins) as kernel, kernel.bus.subscribe("trouble") as notices:
        async for notice in notices:
            assert notice.body.startswith("crashing: ")
            break
