"""What nobody expected to be raised ends as it does in the kernel's process: contained, counted, and with its
place.
"""

import inspect
import io
import os

import attrs
import pytest
import remote_failing
from remote_opening import FixedIndex

from mosaic_hookspecs import (
    STAGES,
    Manifest,
    MosaicError,
    Operation,
    OperationKind,
    Principal,
    ProcessSpec,
    Provides,
    Refused,
    Unavailable,
    hookimpl,
)
from mosaic_kernel import Kernel, Listing
from mosaic_kernel.failures import place_of
from mosaic_kernel.remote.codec import to_error
from mosaic_kernel.remote.unexpected import tell_error
from mosaic_kernel.slots import PluginState
from mosaic_testing.installed import installed_plugins

LINES = inspect.getsource(remote_failing).splitlines()
PLACE = f"remote_failing.py:{next(n for n, line in enumerate(LINES, 1) if 'to be shown' in line)}"
PASSED_OVER = ("metrics", "trace")


@attrs.frozen(kw_only=True)
class Plain:
    text: str = ""


class Other:
    """A plugin of the kernel's own process."""

    @hookimpl
    def mosaic_operations(self, context):
        async def plain(data, call):
            if data.text == "refuse":
                raise Refused("not-today", "it refuses")
            return Plain(text="well")

        return [
            Operation(
                name="other.plain",
                kind=OperationKind.QUERY,
                input=Plain,
                output=Plain,
                handler=plain,
                permission="",
                summary="Say it.",
            )
        ]


@pytest.fixture(params=["in-process", "isolated"])
def failing(request, tmp_path):
    """Make a kernel with the failing plugin, here and in a process of its own."""
    provides = (Provides(port="agents", contract="1.0", name="agent"),)
    process = ProcessSpec() if request.param == "isolated" else None
    manifest = Manifest(summary="It fails.", provides=provides, process=process)
    listing = Listing(name="failing", target="remote_failing:Failing", manifest=manifest)

    def make(log=None, **config):
        return Kernel(
            profile="",
            directory=tmp_path,
            index=FixedIndex(listing, installed_plugins().listings()["memory"]),
            plugins=[("other", Other, Manifest())],
            settings={f"plugins.failing.{key}": value for key, value in config.items()},
            environment={},
            log_stream=log or io.StringIO(),
        )

    make.is_isolated = process is not None
    return make


async def info(kernel):
    return await kernel.dispatch("plugins.info", {"name": "failing"})


async def use(kernel, ask, how):
    if ask == "handle":
        return await kernel.dispatch("failing.handle", {"how": how})
    principal = Principal(name="test", permissions=frozenset({"*"}))
    return [item.text async for item in kernel.follow("failing.follow", {"how": how}, principal)]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("stage", STAGES)
async def test_an_interceptor_protects_or_is_passed_over(failing, stage, when):
    async with failing(stage=stage, when=when) as kernel:
        if stage in PASSED_OVER:
            assert (await kernel.dispatch("other.plain", {})).text == "well"
            with pytest.raises(Refused, match="it refuses"):
                await kernel.dispatch("other.plain", {"text": "refuse"})
        else:
            with pytest.raises(Unavailable, match="'failing' failed, so the call is refused") as caught:
                await kernel.dispatch("other.plain", {})
            assert caught.value.code == "interceptor-failed"
            assert caught.value.got == "KeyError: 'oops'"
        for fault in (faults := (await info(kernel)).faults):
            assert fault.startswith(f"interceptor ({stage}) of other.plain: KeyError: 'oops' at ")
            assert fault.endswith(PLACE)
        assert len(faults) == 1 + (stage in PASSED_OVER)


@pytest.mark.parametrize("how", ["plainly", "in-a-group", "exit"])
@pytest.mark.parametrize("ask", ["handle", "follow"])
async def test_a_handler_and_a_stream_fail_by_name(failing, ask, how):
    log = io.StringIO()
    async with failing(log) as kernel:
        with pytest.raises(Unavailable, match=f"plugin 'failing' failed in the .*'failing.{ask}'") as caught:
            await use(kernel, ask, how)
        assert caught.value.code == "operation-failed"
        [fault] = (await info(kernel)).faults
        if how == "exit":
            assert fault.startswith(f"failing.{ask}: SystemExit: 7 at ")
        else:
            assert fault.startswith(f"failing.{ask}: KeyError: 'oops' at ")
            assert fault.endswith(PLACE)
            assert PLACE in log.getvalue()
        assert kernel.runtime.slots["failing"].generations == 1


async def test_an_error_of_the_system_without_a_number_stays_one(failing):
    async with failing() as kernel:
        with pytest.raises(OSError, match="it takes too long"):
            await kernel.dispatch("failing.handle", {"how": "system"})


async def test_a_provider_raises_what_is_no_error_of_mosaic(failing):
    async def run(agent):
        await agent.run("plainly")

    async def at_once(agent):
        agent.at_once()

    async def items(agent):
        assert [item async for item in agent.items()]

    async def context(agent):
        async with agent.context():
            pass

    async with failing() as kernel:
        for way in (run, at_once, items, context):
            with pytest.raises(Exception, match=r"^'oops'$") as caught:
                await way(kernel.port("agents").get("agent"))
            assert type(caught.value).__name__ == "KeyError"
            assert not isinstance(caught.value, MosaicError)
            assert "remote_failing.py:" in place_of(caught.value)


@pytest.mark.parametrize(
    "hook", ["mosaic_provide", "mosaic_operations", "mosaic_interceptors", "mosaic_validate", "mosaic_start"]
)
async def test_a_hook_of_the_start_fails_by_name(failing, hook):
    with pytest.raises(Unavailable, match="plugin 'failing' failed at the step") as caught:
        async with failing(hook=hook):
            pass
    assert caught.value.code == "plugin-failed"
    assert caught.value.got == "KeyError: 'oops'"


async def test_the_hook_of_health_is_told(failing):
    async with failing(hook="mosaic_health") as kernel:
        report = await kernel.dispatch("doctor.check", {})
        assert any("KeyError: 'oops'" in check.detail for check in report.checks)


async def test_the_hook_of_draining_is_logged_with_its_place(failing):
    log = io.StringIO()
    async with failing(log, hook="mosaic_drain"):
        pass
    assert "KeyError: 'oops' at " in log.getvalue()
    assert "remote_failing.py:" in log.getvalue()


async def test_the_hook_of_a_hand_over_gives_the_reload_up(failing):
    async with failing(hook="mosaic_export_state") as kernel:
        with pytest.raises(MosaicError, match="KeyError: 'oops'"):
            await kernel.dispatch("plugins.reload", {"name": "failing"})
        assert kernel.runtime.slots["failing"].state is PluginState.RUNNING


async def test_the_process_is_shown(failing):
    async with failing() as kernel:
        process = (await info(kernel)).process
        if not failing.is_isolated:
            assert process == ""
        else:
            number = int(process.removeprefix("its own, process id "))
            assert number != os.getpid()
            os.kill(number, 0)


def test_an_error_that_is_passed_on_keeps_its_name_and_place():
    told = tell_error(to_error(tell_error(to_error({"data": {"kind": "E", "what": "w", "place": "f.py:1"}}))))
    assert told["data"] == {"kind": "E", "what": "w", "place": "f.py:1"}


@pytest.mark.parametrize("data", [None, {}, {"kind": "no name"}, {"kind": 5, "place": 5}, {"number": "1"}])
def test_what_another_language_says_is_no_error_of_mosaic(data):
    error = to_error({"code": -32603, "message": "Error: boom", "data": data})
    assert not isinstance(error, MosaicError)
    assert str(error) == "Error: boom"
    assert "unexpected" not in place_of(error)
