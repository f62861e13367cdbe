"""What a plugin does wrong is contained and named, and the others go on."""

import time

import attrs
import pytest
import trio
import trio.testing

from mosaic_hookspecs import (
    InterceptorSpec,
    Manifest,
    MosaicError,
    Operation,
    OperationKind,
    Refused,
    Unavailable,
    hookimpl,
)

LASTING = {"kernel.restart_delay_seconds": 0.01, "kernel.restart_window_seconds": 1000}


@attrs.frozen(kw_only=True)
class Ask:
    """What is asked."""

    word: str = ""


def operation(name, handler, kind=OperationKind.QUERY):
    return Operation(
        name=name, kind=kind, input=Ask, output=Ask, handler=handler, permission="", summary="A test."
    )


class Good:
    @hookimpl
    def mosaic_operations(self, context):
        async def ask(data, call):
            await trio.lowlevel.checkpoint()
            return data

        return [operation("good.ask", ask)]


def bad(handler=None, interceptors=(), start=None, kind=OperationKind.QUERY):
    class Bad:
        @hookimpl
        def mosaic_operations(self, context):
            return [operation("bad.ask", handler, kind)] if handler else []

        @hookimpl
        def mosaic_interceptors(self, context):
            return [InterceptorSpec(stage=stage, interceptor=one) for stage, one in interceptors]

        @hookimpl
        async def mosaic_start(self, context):
            if start is not None:
                context.start_soon(start, context)

    return ("bad", Bad, Manifest()), ("good", Good, Manifest())


async def state(kernel, name="bad"):
    return (await kernel.dispatch("plugins.info", {"name": name})).state


async def check(kernel, name="bad"):
    return {one.name: one for one in (await kernel.dispatch("doctor.check")).checks}[f"plugin {name}"]


async def until(kernel, wanted, name="bad"):
    with trio.fail_after(20):
        while await state(kernel, name) != wanted:
            await trio.testing.wait_all_tasks_blocked(0.001)


async def raises(data, call):
    raise ValueError("a bug")


async def test_a_handler_that_raises_is_the_fault_of_its_plugin(place):
    async with place.kernel(plugins=bad(raises)) as kernel:
        with pytest.raises(Unavailable) as caught:
            await kernel.dispatch("bad.ask", {})
        assert caught.value.code == "operation-failed"
        assert "'bad'" in str(caught.value)
        assert "a bug" in str(caught.value)
        assert (await kernel.dispatch("good.ask", {"word": "x"})).word == "x"
        found = await check(kernel)
        assert found.state == "notice"
        assert "1 faults" in found.detail
        assert "test_reload_isolation.py:" in found.detail
        assert (
            "bad.ask: ValueError: a bug" in (await kernel.dispatch("plugins.info", {"name": "bad"})).faults[0]
        )
        assert await state(kernel) == "running"
    assert "bad plugin.fault doing=bad.ask" in place.log.getvalue()


async def test_what_is_refused_on_purpose_is_no_fault(place):
    async def refuses(data, call):
        raise Refused("no", "not today")

    async with place.kernel(plugins=bad(refuses)) as kernel:
        with pytest.raises(Refused):
            await kernel.dispatch("bad.ask", {})
        assert (await check(kernel)).state == "well"


async def test_too_many_faults_are_a_crash_and_too_many_crashes_park(place):
    settings = LASTING | {"kernel.fault_budget": 5, "kernel.restart_budget": 2}
    async with place.kernel(plugins=bad(raises), settings=settings) as kernel:
        for _ in range(3):
            await until(kernel, "running")
            for _ in range(5):
                with pytest.raises(Unavailable):
                    await kernel.dispatch("bad.ask", {})
            await trio.testing.wait_all_tasks_blocked()  # the crash is seen to
        await until(kernel, "parked")
        found = await check(kernel)
        assert found.state == "ill"
        assert "5 faults" in found.detail
        assert (await kernel.dispatch("good.ask", {"word": "x"})).word == "x"


async def test_a_stream_that_raises_is_contained(place):
    async def stream(data, call):
        yield data
        raise ValueError("a bug")

    async with place.kernel(plugins=bad(stream, kind=OperationKind.STREAM)) as kernel:

        async def follow():
            async for item in kernel.follow("bad.ask", {"word": "x"}):
                assert item.word == "x"

        with pytest.raises(Unavailable, match=r"stream 'bad\.ask'"):
            await follow()
        assert (await check(kernel)).state == "notice"


async def before(call, data, proceed):
    raise ValueError("before")


async def after(call, data, proceed):
    await proceed(data)
    raise ValueError("after")


async def hangs_before(call, data, proceed):
    await trio.sleep_forever()


async def hangs_after(call, data, proceed):
    await proceed(data)
    await trio.sleep_forever()


@pytest.mark.parametrize("interceptor", [before, after, hangs_before, hangs_after])
@pytest.mark.parametrize("stage", ["authorize", "quota", "audit", "metrics", "trace"])
async def test_an_interceptor_that_fails_is_passed_over_unless_it_protects(
    place, autojump_clock, interceptor, stage
):
    plugins = bad(interceptors=[(stage, interceptor)])
    async with place.kernel(plugins=plugins, settings={"kernel.stall_seconds": 0}) as kernel:
        if stage in ("authorize", "quota", "audit"):
            with pytest.raises(Unavailable) as caught:
                await kernel.dispatch("good.ask", {"word": "x"})
            assert caught.value.code == "interceptor-failed"
            assert "'bad'" in caught.value.what
        else:
            assert (await kernel.dispatch("good.ask", {"word": "x"})).word == "x"
        (fault,) = (await kernel.dispatch("plugins.info", {"name": "bad"})).faults
        assert f"interceptor ({stage}) of good.ask" in fault


async def test_an_interceptor_may_take_its_time_inside(place, autojump_clock):
    async def slow(data, call):
        await trio.sleep(1000)
        return data

    async def passes(call, data, proceed):
        return await proceed(data)

    plugins = bad(slow, interceptors=[("metrics", passes)])
    async with place.kernel(plugins=plugins, settings={"kernel.stall_seconds": 0}) as kernel:
        assert (await kernel.dispatch("bad.ask", {"word": "x"})).word == "x"
        assert not (await kernel.dispatch("plugins.info", {"name": "bad"})).faults


async def test_what_an_interceptor_refuses_and_what_is_inside_goes_through_it(place):
    async def refuses(call, data, proceed):
        raise Refused("quota", "used up")

    async with place.kernel(plugins=bad(interceptors=[("quota", refuses)])) as kernel:
        with pytest.raises(Refused, match="used up"):
            await kernel.dispatch("good.ask", {})
        assert (await check(kernel)).state == "well"


async def test_what_a_parked_plugin_protected_stays_protected_and_it_can_be_replaced(place):
    settings = LASTING | {"kernel.fault_budget": 1, "kernel.restart_budget": 0}
    async with place.kernel(plugins=bad(interceptors=[("authorize", before)]), settings=settings) as kernel:
        with pytest.raises(MosaicError):
            await kernel.dispatch("good.ask", {})
        await until(kernel, "parked")
        with pytest.raises(Unavailable) as caught:
            await kernel.dispatch("good.ask", {})
        assert "'bad'" in caught.value.what
        await kernel.dispatch("plugins.disable", {"name": "bad"})
        assert (await kernel.dispatch("good.ask", {"word": "x"})).word == "x"


async def test_a_plugin_that_blocks_the_loop_is_named(place):
    async def blocks(data, call):
        time.sleep(0.4)  # noqa: ASYNC251 - that is the test
        return data

    async with place.kernel(plugins=bad(blocks), settings={"kernel.stall_seconds": 0.1}) as kernel:
        await kernel.dispatch("bad.ask", {})
        with trio.fail_after(5):
            while "blocking the event loop" not in place.log.getvalue():
                await trio.testing.wait_all_tasks_blocked(0.001)
    # On a machine that is loaded, the loop may be late elsewhere, too.
    lines = [line for line in place.log.getvalue().splitlines() if "loop.stalled" in line]
    assert len([line for line in lines if "test_reload_isolation.py:" in line]) == 1


async def test_a_plugin_that_leaks_tasks_is_stopped_at_its_limit(place):
    async def leaks(context):
        while True:
            context.start_soon(trio.sleep_forever)
            await trio.lowlevel.checkpoint()

    settings = LASTING | {"kernel.tasks_per_plugin": 50, "kernel.restart_budget": 1}
    async with place.kernel(plugins=bad(start=leaks), settings=settings) as kernel:
        await until(kernel, "parked")
        assert "too many tasks" in (await check(kernel)).detail
        assert (await kernel.dispatch("good.ask", {"word": "x"})).word == "x"


async def test_a_plugin_that_floods_the_bus_is_cut_off(place, mock_clock):
    heard = []
    mock_clock.rate = 1

    async def floods(context):
        for number in range(5000):
            context.bus.publish("bad.noise", number)
        await trio.sleep_forever()

    settings = {"kernel.notices_per_second": 1000}
    async with place.kernel(plugins=bad(start=None), settings=settings) as kernel:
        context = kernel.runtime.slots["bad"].generation.context
        async with (
            kernel.bus.subscribe("bad.noise", capacity=10_000) as notices,
            trio.open_nursery() as nursery,
        ):
            mock_clock.rate = 0  # all of it is within one second
            nursery.start_soon(floods, context)
            await trio.testing.wait_all_tasks_blocked()
            mock_clock.rate = 1
            nursery.cancel_scope.cancel()
            with trio.move_on_after(0.2):
                async for notice in notices:
                    heard.append(notice.body)  # noqa: PERF401 - what came before the end counts
        assert heard == list(range(1000))
        assert "notices_per_second" in (await check(kernel)).detail


async def test_a_plugin_that_shields_itself_does_not_keep_the_kernel(place):
    let_go, left = trio.Event(), []

    async def stubborn(context):
        with trio.CancelScope(shield=True):
            await let_go.wait()
        left.append(context)

    async with place.kernel(plugins=bad(start=stubborn), settings={"kernel.stop_seconds": 0.1}) as kernel:
        await kernel.dispatch("plugins.reload", {"name": "bad"})
        assert "plugin.tasks_still_run" in place.log.getvalue()
        assert left == []
        let_go.set()
