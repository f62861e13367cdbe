"""A plugin that is replaced by its own next generation, again and again, in a kernel that runs on."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mosaic_hookspecs import MosaicError, Refused, State
from mosaic_hookspecs.data import canonical_json

from .leaks import LeakCheck
from .opening import Opened, OpenKernel

__all__ = ["TestReload"]

_TIMES = 3
_UNKNOWN_VERSION = 1_000_003


class TestReload:
    """What every plugin keeps when it is started, reloaded and stopped."""

    async def test_it_ends_without_a_trace(self, mosaic_opened: OpenKernel, tmp_path: Path) -> None:
        await _run(mosaic_opened, tmp_path, None)  # what is made once, for good, is no leak
        async with LeakCheck() as leaks:
            await _run(mosaic_opened, tmp_path, leaks)

    async def test_it_reloads_without_a_trace(self, mosaic_opened: OpenKernel, tmp_path: Path) -> None:
        await _run(mosaic_opened, tmp_path, None, times=1)
        async with LeakCheck() as leaks:
            await _run(mosaic_opened, tmp_path, leaks, times=_TIMES)

    async def test_the_same_operations_are_there_again(self, mosaic_opened: OpenKernel) -> None:
        async with mosaic_opened() as opened:
            before = sorted(opened.kernel.operations())
            await _reload(opened)
            assert sorted(opened.kernel.operations()) == before, "after a reload it declares other operations"

    async def test_its_state_survives(
        self, mosaic_opened: OpenKernel, mosaic_same_state: Callable[[Any, Any], bool]
    ) -> None:
        async with mosaic_opened() as opened:
            before = await _exported(opened)
            if before is None:
                return
            for _ in range(_TIMES):
                await _reload(opened)
                after = await _exported(opened)
                assert after is not None, "it exported state, and after a reload it has none"
                assert mosaic_same_state(before.data, after.data), (
                    f"its state did not survive a reload: {before.data!r} became {after.data!r}"
                )

    async def test_state_that_it_cannot_read_is_refused(self, mosaic_opened: OpenKernel) -> None:
        async with mosaic_opened() as opened:
            state = await _exported(opened)
            generation = opened.kernel.runtime.slots[opened.plugin].generation
            take = getattr(generation and generation.instance, "mosaic_import_state", None)
            if state is None or generation is None:
                return
            assert take is not None, "it exports state, and has no mosaic_import_state to take it"
            unknown = State(version=_UNKNOWN_VERSION, data=state.data)
            code = ""
            try:
                await _call(take, context=generation.context, state=unknown)
            except Refused as refused:
                code = refused.code
            except Exception as error:
                raise AssertionError(
                    f"mosaic_import_state raised {type(error).__name__} for state of an unknown version; "
                    "it raises Refused, as State.require does"
                ) from error
            assert code, f"mosaic_import_state took state of the version {_UNKNOWN_VERSION}"
            assert code == "state-version", (
                f"its refusal has the code {code!r}; State.require has the right one"
            )


async def _run(open_kernel: OpenKernel, directory: Path, leaks: LeakCheck | None, *, times: int = 0) -> None:
    async with open_kernel(directory) as opened:
        for _ in range(times):
            if leaks is not None:
                leaks.watch_kernel(opened.kernel)
            await _reload(opened)
        if leaks is not None:
            leaks.watch_kernel(opened.kernel)


async def _reload(opened: Opened) -> None:
    """Reload the plugin's code, and wait until the old generation has ended."""
    __tracebackhide__ = True
    slot = opened.kernel.runtime.slots[opened.plugin]
    number = slot.generations
    asked = {"name": opened.plugin, "code": True, "waits": True}
    try:
        report = await opened.kernel.dispatch("plugins.reload", asked)
    except MosaicError as error:
        raise AssertionError(f"{opened.plugin!r} could not be reloaded: {error}") from error
    for change in report.changes:
        assert not change.error, f"{change.name!r} could not be reloaded: {change.error}"
        assert not change.warning, f"the reload of {change.name!r} left something behind: {change.warning}"
    assert slot.generations > number, f"the reload of {opened.plugin!r} made no new generation"


async def _exported(opened: Opened) -> State | None:
    __tracebackhide__ = True
    generation = opened.kernel.runtime.slots[opened.plugin].generation
    export = getattr(generation and generation.instance, "mosaic_export_state", None)
    if export is None or generation is None:
        return None
    state = await _call(export, context=generation.context)
    if state is None:
        return None
    assert isinstance(state, State), f"mosaic_export_state returned {type(state).__qualname__}, no State"
    try:
        canonical_json(state.data)
    except (TypeError, ValueError, RecursionError) as error:
        raise AssertionError(f"the data of its state is not JSON: {error}") from error
    return state


async def _call(hook: Callable[..., Any], **arguments: Any) -> Any:
    """Call a hook with those of its arguments that it takes."""
    wanted = inspect.signature(hook).parameters
    return await hook(**{name: value for name, value in arguments.items() if name in wanted})
