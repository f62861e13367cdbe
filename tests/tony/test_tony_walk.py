"""Random walks of two systems and their adapters, with broken calls, beside a model of both logs."""

import os
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tony_systems import COMMANDS, Breaking, InProcess, apply, mirrored, note, own, shared_runs, start

from mosaic_hookspecs import MosaicError, Refused, Unavailable
from mosaic_testing.kernels import KernelFactory
from mosaic_tony.adapter import TonyAdapter

_FACTOR = float(os.environ.get("MOSAIC_CHAOS", "1"))
SIDES = st.integers(0, 1)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("start"), SIDES),
        st.tuples(st.sampled_from(["pause", "resume", "cancel"]), SIDES, st.integers(0, 3)),
        st.tuples(st.just("note"), SIDES),
        st.tuples(st.just("mirror"), SIDES, st.integers(0, 1)),
        st.tuples(st.just("break"), SIDES, st.booleans()),
        st.tuples(st.just("kill"), st.integers(0, 1)),
        st.tuples(st.just("reload"), SIDES),
    ),
    min_size=5,
    max_size=40,
)
_make = KernelFactory(Path())


AFTER = {
    "pause": ("run.paused", "paused"),
    "resume": ("run.resumed", "active"),
    "cancel": ("run.cancelled", "cancelled"),
}
FROM = {"pause": {"active"}, "resume": {"paused", "cancelled"}, "cancel": {"active", "paused"}}


class Model:
    """One system's log, as its author knows it: the kinds of events of each run, and how it stands."""

    def __init__(self):
        self.log, self.runs = [], {}

    def start(self, run_id):
        self.log += [(kind, run_id) for kind in ("run.created", "run.extended", "run.started")]
        self.runs[run_id] = "active"

    def change(self, verb, run_id):
        kind, state = AFTER[verb]
        self.log.append((kind, run_id))
        self.runs[run_id] = state


async def walk(steps, directory):  # noqa: C901 - one branch a kind of step
    places = [directory / name for name in ("local", "shared")]
    for place in places:
        place.mkdir()
    async with (
        _make("memory", "tony", directory=places[0]) as local,
        _make("memory", "tony", directory=places[1]) as shared,
    ):
        kernels, models = (local, shared), (Model(), Model())
        systems = [InProcess(kernel) for kernel in kernels]

        def adapter():
            return TonyAdapter(*systems, name="alice", shared_name="team", patience_seconds=0.0, limit=3)

        adapters = [adapter(), adapter()]  # two of the same name at once, as nobody should
        for step, *about in steps:
            side = about[0]
            if step == "start":
                run_id = f"r{len(models[side].runs)}"
                models[side].start(run_id)
                await start(kernels[side], run_id)
            elif step in COMMANDS:
                run_id = f"r{about[1]}"
                if models[side].runs.get(run_id) in FROM[step]:
                    models[side].change(step, run_id)
                    await apply(kernels[side], COMMANDS[step](run_id=run_id))
            elif step == "note":
                await note(kernels[side])
            elif step == "mirror":
                way = (adapters[about[1]]._up, adapters[about[1]]._down)[side]
                await way.round(0.0, 3)
            elif step == "break":
                way = (adapters[0]._up, adapters[0]._down)[side]
                whole, way.target = way.target, Breaking(way.target, "bridge.publish", is_done=about[1])
                with suppress(Unavailable):
                    await way.round(0.0, 3)
                way.target = whole
            elif step == "kill":
                adapters[side] = adapter()
            elif step == "reload":
                await systems[side].call("plugins.reload", name="tony", code=True, waits=True)
            await check(kernels, models, is_complete=False)
        await adapters[0].catch_up()
        assert (await adapters[0].catch_up()).up == 0
        await check(kernels, models, is_complete=True)


async def check(kernels, models, *, is_complete):
    for source, target, origin in ((0, 1, "alice"), (1, 0, "team")):
        expected = models[source].log
        found = await mirrored(kernels[target], origin)
        assert [(kind, run_id) for _, kind, run_id in found] == expected[: len(found)]
        assert found == (await own(kernels[source]))[: len(found)]
        if is_complete:
            assert len(found) == len(expected)
            assert await shared_runs(kernels[target], origin) == models[source].runs


@given(steps=STEPS)
@settings(max_examples=max(1, int(8 * _FACTOR)), deadline=None, suppress_health_check=list(HealthCheck))
def test_each_log_is_mirrored_once_and_in_order(steps):
    with TemporaryDirectory() as directory:
        trio.run(walk, steps, Path(directory))


async def test_an_adapter_follows_both_ways_while_both_work(two):
    async with two() as (local, shared):
        adapter = TonyAdapter(local, shared, name="alice", shared_name="team")
        async with trio.open_nursery() as nursery:
            nursery.start_soon(adapter.run)
            for number in range(5):
                await start(local.kernel, f"l{number}")
                await start(shared.kernel, f"s{number}")
            with trio.fail_after(20):
                for kernel, origin in ((shared.kernel, "alice"), (local.kernel, "team")):
                    while len(await mirrored(kernel, origin)) < 15:  # noqa: ASYNC110 - it tells nobody
                        await trio.sleep(0.01)
            heads = [await one.kernel.port("storage").get().head() for one in (local, shared)]
            await trio.sleep(0.3)
            # What was mirrored is not mirrored back.
            assert heads == [await one.kernel.port("storage").get().head() for one in (local, shared)]
            nursery.cancel_scope.cancel()
        assert await mirrored(shared.kernel, "alice") == await own(local.kernel)
        assert await mirrored(local.kernel, "team") == await own(shared.kernel)


async def test_a_store_that_was_begun_anew_is_refused_and_can_replace_the_old(two, mosaic_kernel, tmp_path):
    async with two() as (local, shared):
        await start(local.kernel, "old")
        await TonyAdapter(local, shared, name="alice").catch_up()
        (tmp_path / "new").mkdir()
        async with mosaic_kernel("memory", "tony", directory=tmp_path / "new") as kernel:
            await start(kernel, "new")
            await start(kernel, "newer")
            with pytest.raises(Refused) as raised:
                await TonyAdapter(InProcess(kernel), shared, name="alice").catch_up()
            assert raised.value.code == "other-log"
            done = await TonyAdapter(InProcess(kernel), shared, name="alice", replace=True).catch_up()
            assert done.up == 6
            assert await shared_runs(shared.kernel, "alice") == {"new": "active", "newer": "active"}
            again = await TonyAdapter(InProcess(kernel), shared, name="alice", replace=True).catch_up()
            assert (again.up, again.down) == (0, 0)


async def test_it_gives_up_when_a_system_stays_away(two, autojump_clock):
    async with two() as (local, shared):
        gone = Breaking(shared, "bridge.cursor", is_done=False)
        before = trio.current_time()
        with pytest.raises(MosaicError) as raised:
            await TonyAdapter(local, gone, name="alice", patience_seconds=100).catch_up()
        assert raised.value.code == "connection-ended"
        assert 90 < trio.current_time() - before < 140
