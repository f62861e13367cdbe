import attrs
import pytest
import trio
import trio.lowlevel

from mosaic_hookspecs import (
    HOOK_POLICIES,
    Health,
    InputError,
    Manifest,
    Provides,
    Provision,
    Refused,
    Unavailable,
    hookimpl,
)
from mosaic_kernel.lifecycle import STEPS

PORTS = ("agents", "observe", "ui")


@attrs.frozen(kw_only=True)
class Empty:
    pass


class Trace:
    """Plugins that write down what happens to them, and fail where they are told to."""

    def __init__(self, fail=None):
        self.lines = []
        self.fail = fail
        self.contexts = {}

    def at(self, plugin, step):
        self.lines.append(f"{plugin} {step}")
        if self.fail and self.fail[:2] == (plugin, step):
            raise self.fail[2]

    def plugin(self, name, port, needs=()):  # noqa: C901 - it has every hook
        trace = self

        class Traced:
            @hookimpl
            async def mosaic_provide(self, context):
                trace.contexts[name] = context
                context.on_cleanup(lambda: trace.lines.append(f"{name} undo first"))

                async def undo():
                    await trio.lowlevel.checkpoint()
                    trace.lines.append(f"{name} undo second")

                context.on_cleanup(undo)
                context.start_soon(self.work)
                trace.at(name, "provide")
                return [Provision(port=port, name=name, provider=self)]

            async def work(self):
                try:
                    await trio.sleep_forever()
                finally:
                    trace.lines.append(f"{name} task ended")

            @hookimpl
            def mosaic_operations(self, context):
                trace.at(name, "operations")
                return []

            @hookimpl
            def mosaic_interceptors(self, context):
                trace.at(name, "interceptors")
                return []

            @hookimpl
            async def mosaic_validate(self, context):
                trace.at(name, "validate")

            @hookimpl
            async def mosaic_start(self, context):
                trace.at(name, "start")

            @hookimpl
            async def mosaic_drain(self, context):
                trace.at(name, "drain")

            @hookimpl
            async def mosaic_health(self, context):
                return Health()

            @hookimpl
            def mosaic_plugin_failed(self, context, plugin, error):
                trace.lines.append(f"{name} learns of {plugin}")

        manifest = Manifest(provides=[Provides(port=port, contract="1.0", name=name)], needs=needs)
        return (name, Traced, manifest)

    def three(self):
        return (
            self.plugin("c", "ui", needs=["observe"]),
            self.plugin("a", "agents"),
            self.plugin("b", "observe", needs=["agents"]),
        )


UNDONE = [
    line
    for name in ("c", "b", "a")
    for line in (f"{name} task ended", f"{name} undo second", f"{name} undo first")
]


async def test_the_order_of_a_life(bare):
    trace = Trace()
    async with bare(*trace.three()):
        assert trace.lines == [
            *(f"{name} provide" for name in "abc"),
            *(f"{name} {step}" for name in "abc" for step in ("operations", "interceptors")),
            *(f"{name} validate" for name in "abc"),
            *(f"{name} start" for name in "abc"),
        ]
        trace.lines.clear()
    assert trace.lines == ["c drain", "b drain", "a drain", *UNDONE]


FAILING = ("provide", "operations", "interceptors", "validate", "start")


@pytest.mark.parametrize("step", FAILING)
@pytest.mark.parametrize("plugin", ["a", "b", "c"])
@pytest.mark.parametrize("error", [ValueError("broken"), Refused("no", "refused")])
async def test_a_start_that_fails_anywhere_undoes_what_was_done(bare, step, plugin, error):
    trace = Trace(fail=(plugin, step, error))
    with pytest.raises((Unavailable, Refused)) as caught:
        async with bare(*trace.three()):
            pytest.fail("started")
    if isinstance(error, Refused):
        assert caught.value is error
    else:
        assert plugin in caught.value.what
        assert caught.value.__cause__ is error
    provided = {line.partition(" ")[0] for line in trace.lines if line.endswith(" provide")}
    undone = [line for line in trace.lines if "undo" in line or "task ended" in line]
    assert undone == [line for line in UNDONE if line[0] in provided]
    assert not [line for line in trace.lines if "drain" in line]


@pytest.mark.parametrize("step", FAILING)
async def test_a_tolerant_kernel_gives_up_that_plugin_alone(bare, step):
    trace = Trace(fail=("b", step, ValueError("broken")))
    async with bare(*trace.three(), is_tolerant=True) as kernel:
        states = {one.name: one.state for one in (await kernel.dispatch("plugins.list")).plugins}
        assert (states["a"], states["b"], states["c"]) == ("running", "failed", "running")
        assert "a learns of b" in trace.lines
        checks = {one.name: one for one in (await kernel.dispatch("doctor.check")).checks}
        assert checks["plugin b"].state == "ill"
        assert checks["plugin a"].state == "well"
        with pytest.raises(Unavailable):
            kernel.port("observe").get()
    assert trace.lines.count("b undo first") == 1
    assert trace.lines.count("a undo first") == 1


@pytest.mark.parametrize("step", ["provide", "validate", "start"])
async def test_a_hook_that_takes_too_long(bare, step, autojump_clock):
    trace = Trace()
    name, kind, manifest = trace.plugin("slow", "ui")

    async def slow(self, context):
        await trio.sleep(1000)

    setattr(kind, f"mosaic_{step}", hookimpl(slow))
    with pytest.raises(Unavailable) as caught:
        async with bare((name, kind, manifest), settings={"kernel.start_seconds": 5}):
            pass
    assert caught.value.code == "hook-timeout"
    assert trio.current_time() < 100


async def test_draining_ends_at_its_deadline(bare, autojump_clock):
    trace = Trace()
    name, kind, manifest = trace.plugin("slow", "ui")

    async def slow(self, context):
        await trio.sleep_forever()

    kind.mosaic_drain = hookimpl(slow)
    async with bare((name, kind, manifest), settings={"kernel.drain_seconds": 7}):
        before = trio.current_time()
    assert trio.current_time() - before == pytest.approx(7)
    assert trace.lines[-1] == "slow undo first"


async def test_an_undo_that_fails_or_hangs_stops_no_other(bare, autojump_clock):
    done = []

    class Messy:
        @hookimpl
        async def mosaic_provide(self, context):
            context.on_cleanup(lambda: done.append("first"))
            context.on_cleanup(lambda: 1 / 0)
            context.on_cleanup(trio.sleep_forever)
            context.on_cleanup(lambda: done.append("last"))
            return []

    async with bare(("messy", Messy, Manifest()), settings={"kernel.stop_seconds": 3}):
        pass
    assert done == ["last", "first"]


async def test_a_cancelled_kernel_stops_at_once_and_undoes_all(bare):
    trace = Trace()
    with trio.CancelScope() as scope:
        async with bare(*trace.three()):
            trace.lines.clear()
            scope.cancel()
            await trio.sleep_forever()
    assert scope.cancelled_caught
    assert [line for line in trace.lines if "undo" in line] == [line for line in UNDONE if "undo" in line]
    assert not [line for line in trace.lines if "drain" in line]


@pytest.mark.parametrize("step", ["provide", "validate", "start"])
async def test_a_start_that_is_cancelled_undoes_all(bare, step):
    trace = Trace()
    name, kind, manifest = trace.plugin("late", "ui")
    original = kind.mosaic_provide

    async def wait(self, context):
        if step == "provide":
            await original(self, context)
        scope.cancel()
        await trio.sleep_forever()

    setattr(kind, f"mosaic_{step}", hookimpl(wait))
    with trio.CancelScope() as scope:
        async with bare((name, kind, manifest)):
            pytest.fail("started")
    assert scope.cancelled_caught
    assert trace.lines[-2:] == ["late undo second", "late undo first"]


async def test_what_the_body_raises_comes_out_as_it_is(bare):
    trace = Trace()
    error = KeyError("mine")
    with pytest.raises(KeyError) as caught:
        async with bare(*trace.three()):
            raise error
    assert caught.value is error
    assert trace.lines[-1] == "a undo first"


async def test_two_kernels_in_one_process_know_nothing_of_each_other(bare):
    one, two = Trace(), Trace()
    async with bare(*one.three()) as first, bare(*two.three()[1:2]) as second:
        async with first.bus.subscribe("*") as notices:
            second.bus.publish("t", 1)
            first.bus.publish("t", 2)
            assert (await anext(notices)).body == 2
        assert first.port("ui").names() == ("c",)
        assert second.port("ui").names() == ()
        one.lines.clear()
        two.lines.clear()
    assert len(one.lines) == 12
    assert len(two.lines) == 4


async def test_a_kernel_is_entered_once(bare):
    kernel = bare()
    with pytest.raises(Refused):
        await kernel.dispatch("plugins.list")
    async with kernel:
        pass
    with pytest.raises(Refused):
        async with kernel:
            pass


@pytest.mark.parametrize(
    ("hook", "function", "message"),
    [
        ("mosaic_strat", lambda _, context: context, "mosaic_strat"),
        ("mosaic_start", lambda _, context: context, "mosaic_start"),
        ("mosaic_operations", lambda _, contxt: [contxt], "contxt"),
    ],
)
async def test_a_hook_that_does_not_fit_names_plugin_and_hook(bare, hook, function, message):
    kind = type("Wrong", (), {hook: hookimpl(function)})
    with pytest.raises(InputError) as caught:
        async with bare(("wrong", kind, Manifest())):
            pass
    assert "'wrong'" in caught.value.what
    assert message in caught.value.what


async def test_an_async_hook_where_a_plain_one_is_wanted(bare):
    class Wrong:
        @hookimpl
        async def mosaic_operations(self, context):
            return []

    with pytest.raises(InputError) as caught:
        async with bare(("wrong", Wrong, Manifest())):
            pass
    assert caught.value.code == "bad-hook"


async def test_a_provider_in_a_port_that_the_manifest_does_not_name(bare):
    class Sly:
        @hookimpl
        async def mosaic_provide(self, context):
            return [Provision(port="ui", name="sly", provider=self)]

    with pytest.raises(InputError) as caught:
        async with bare(("sly", Sly, Manifest())):
            pass
    assert caught.value.code == "not-announced"


async def test_two_providers_of_one_name(bare):
    trace = Trace()
    first, second = trace.plugin("same", "ui"), trace.plugin("same", "ui")
    with pytest.raises(InputError) as caught:
        async with bare(first, ("other", second[1], second[2])):
            pass
    assert caught.value.code == "provider-clash"


async def test_the_context_is_the_kernel_as_the_plugin_sees_it(bare, tmp_path):
    trace = Trace()
    async with bare(trace.plugin("a", "agents"), settings={"state_directory": "state"}) as kernel:
        context = trace.contexts["a"]
        assert context.plugin == "a"
        assert context.config is None
        assert context.state_directory == tmp_path / "state"
        assert not context.state_directory.exists()
        assert context.project_directory == tmp_path
        assert context.clock.now() > 1_600_000_000_000
        assert context.generation == 1
        assert context.port("agents").get("a") is kernel.port("agents").get("a")
        assert context.port("agents").get() is kernel.port("agents").get()
        assert (await context.dispatch("plugins.info", {"name": "a"})).state == "running"
        with pytest.raises(InputError):
            context.port("stowage")
    with pytest.raises(Refused):
        context.start_soon(trio.sleep, 1)
    with pytest.raises(Refused):
        context.on_cleanup(print)


def test_the_steps_cover_every_abort_hook():
    aborting = {name for name, policy in HOOK_POLICIES.items() if policy.on_failure.value == "abort"}
    between_generations = {"mosaic_export_state", "mosaic_import_state"}
    assert aborting == {f"mosaic_{step}" for step in FAILING} | between_generations
    assert STEPS == ("provision", "declare", "validate", "start")


@pytest.mark.parametrize("step", FAILING)
async def test_a_plugin_cannot_end_the_program(bare, step):
    trace = Trace(fail=("b", step, SystemExit(0)))
    with pytest.raises(Unavailable) as caught:
        async with bare(*trace.three()):
            pytest.fail("started")
    assert caught.value.code == "plugin-exited"
    assert "'b'" in caught.value.what
    async with bare(*Trace(fail=("b", step, SystemExit(0))).three(), is_tolerant=True) as kernel:
        states = {one.name: one.state for one in (await kernel.dispatch("plugins.list")).plugins}
        assert (states["a"], states["b"], states["c"]) == ("running", "failed", "running")


@pytest.mark.parametrize(
    ("error", "code", "got"),
    [
        (ValueError("broken"), "plugin-failed", "ValueError: broken"),
        (Refused("no", "refused", got="this"), "no", "this"),
    ],
)
async def test_what_a_nursery_of_a_plugin_raised_is_told_without_its_wrapping(bare, error, code, got):
    group = ExceptionGroup("Exceptions from Trio nursery", [ExceptionGroup("inner", [error])])
    with pytest.raises((Unavailable, Refused)) as caught:
        async with bare(*Trace(fail=("b", "start", group)).three()):
            pytest.fail("started")
    assert (caught.value.code, caught.value.got) == (code, got)


async def test_a_hook_that_takes_too_long_says_which_key_to_raise(bare, autojump_clock):
    trace = Trace()
    name, kind, manifest = trace.plugin("slow", "ui")

    async def slow(self, context):
        await trio.sleep_forever()

    kind.mosaic_start = hookimpl(slow)
    with pytest.raises(Unavailable) as caught:
        async with bare((name, kind, manifest)):
            pass
    assert "kernel.start_seconds" in caught.value.hint
    assert "plugins.slow: false" in caught.value.hint
