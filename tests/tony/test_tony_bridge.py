"""The bridge's operations: pieces of a log, each mirrored once and in order, whoever asks."""

import pytest
import trio
from tony_systems import InProcess, apply, mirrored, note, own, shared_runs, start

from mosaic_hookspecs import Denied, InputError, PauseRun, Principal, Refused
from mosaic_tony.adapter import MIRRORED


async def piece(system, **about):
    return await system.call("bridge.events", **{"kinds": MIRRORED, "with_runs": True, **about})


async def publish(system, origin, batch, **about):
    names = ("after", "after_hash", "to", "to_hash", "events", "runs")
    return await system.call("bridge.publish", origin=origin, **{name: batch[name] for name in names}, **about)


async def test_a_piece_is_what_was_asked_for_and_says_where_to_go_on(two):
    async with two() as (local, _):
        empty = await piece(local)
        assert (empty["events"], empty["to"], empty["to_hash"]) == ([], 0, "")
        await start(local.kernel, "r-1", "a", "b", project="shop")
        await note(local.kernel)
        first = await piece(local, limit=2)
        assert [one["kind"] for one in first["events"]] == ["run.created", "run.extended"]
        assert first["events"][0]["about"]["project"] == "shop"
        [run] = first["runs"]
        assert (run["state"], run["total"], run["counts"], run["project"]) == (
            "active",
            2,
            {"ready": 2},
            "shop",
        )
        rest = await piece(local, after=first["to"], after_hash=first["to_hash"])
        assert [one["kind"] for one in rest["events"]] == ["run.started"]
        assert rest["to"] == rest["head"] == 4  # the noise was passed over, and is not looked at again
        assert (await piece(local, after=4, after_hash=rest["to_hash"]))["events"] == []
        only = await local.call("bridge.events", kinds=["noise.made"])
        assert [one["kind"] for one in only["events"]] == ["noise.made"]
        of_run = await local.call("bridge.events", run_id="r-1")
        assert (len(of_run["events"]), of_run["to"]) == (3, 4)


async def test_waiting_ends_with_what_was_asked_for_and_costs_nothing(two, autojump_clock):
    async with two() as (local, _):
        await note(local.kernel)
        got = []

        async def wait():
            got.append(await piece(local, after=1, wait_seconds=1000))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            await trio.sleep(10)
            await note(local.kernel)  # not what is waited for
            await trio.sleep(10)
            assert not got
            await start(local.kernel, "r-1")
        assert [one["kind"] for one in got[0]["events"]] == ["run.created", "run.extended", "run.started"]
        before = trio.current_time()
        nothing = await piece(local, after=got[0]["to"], wait_seconds=50)
        assert nothing["events"] == []
        assert trio.current_time() - before == pytest.approx(50, abs=1)


async def test_a_piece_is_mirrored_once(two):
    async with two() as (local, shared):
        await start(local.kernel, "r-1")
        batch = await piece(local)
        told = await publish(shared, "alice", batch)
        assert told == {"origin": "alice", "position": 3, "hash": batch["to_hash"], "is_new": True}
        assert (await publish(shared, "alice", batch))["is_new"] is False
        assert await mirrored(shared.kernel, "alice") == await own(local.kernel)
        assert (await publish(shared, "bob", batch))["is_new"] is True
        listed = await shared.call("bridge.list")
        assert [one["key"] for one in listed["runs"]] == ["alice/r-1", "bob/r-1"]
        assert [(one["origin"], one["position"], one["events"]) for one in listed["origins"]] == [
            ("alice", 3, 3),
            ("bob", 3, 3),
        ]
        page = await shared.call("bridge.list", limit=1)
        assert page["more"] == "alice/r-1"
        rest = await shared.call("bridge.list", limit=1, after=page["more"], origin="bob")
        assert [one["origin"] for one in rest["runs"]] == ["bob"]
        assert (await shared.call("bridge.list", project="other"))["runs"] == []


async def test_what_does_not_follow_on_is_refused(two):
    async with two() as (local, shared):
        await start(local.kernel, "r-1")
        first = await piece(local, limit=1)
        rest = await piece(local, after=1, after_hash=first["to_hash"])
        with pytest.raises(Refused) as raised:
            await publish(shared, "alice", rest)
        assert (raised.value.code, raised.value.expected, raised.value.got) == ("does-not-follow", "0", "1")
        assert "bridge.cursor" in raised.value.hint
        await publish(shared, "alice", first)
        with pytest.raises(Refused, match="does not follow"):
            await publish(shared, "alice", {**rest, "after_hash": "0" * 64})
        await publish(shared, "alice", rest)
        with pytest.raises(Refused, match="does not follow"):
            await publish(shared, "alice", first)
        assert await mirrored(shared.kernel, "alice") == await own(local.kernel)
        assert (await shared.call("bridge.cursor", origin="nobody"))["position"] == 0


@pytest.mark.parametrize(
    "change",
    [
        {"to": 0},
        {"events": [{"sequence": 9, "at": 0, "kind": "run.created"}]},
        {"events": [{"sequence": n, "at": 0, "kind": "x"} for n in (2, 1)]},
        {"events": [{"sequence": 1, "at": 0, "kind": "x"}] * 2},
        {"events": [{"sequence": 1, "at": 0}]},
        {"origin": "a/b"},
        {"origin": ""},
        {"to_hash": ""},
        {"after": -1},
    ],
)
async def test_nonsense_is_refused_and_nothing_is_stored(two, change):
    async with two() as (_, shared):
        sound = {"origin": "alice", "after": 0, "after_hash": "", "to": 3, "to_hash": "f" * 64}
        with pytest.raises(InputError):
            await shared.call("bridge.publish", **{**sound, **change})
        assert await shared.kernel.port("storage").get().head() == 0


async def test_another_log_is_refused_until_it_replaces_the_first(two):
    async with two() as (local, shared):
        await start(local.kernel, "old")
        await publish(shared, "alice", await piece(local))
        cursor = await shared.call("bridge.cursor", origin="alice")
        await start(shared.kernel, "new")
        with pytest.raises(Refused) as raised:  # the shared system's own log, in place of the local one
            await piece(shared, after=cursor["position"], after_hash=cursor["hash"])
        assert raised.value.code == "other-log"
        with pytest.raises(Refused, match="not the log"):
            await piece(local, after=1000)
        batch = await piece(shared)
        with pytest.raises(Refused, match="does not follow"):
            await publish(shared, "alice", batch)
        await publish(shared, "alice", batch, replace=True)
        assert await shared_runs(shared.kernel, "alice") == {"new": "active"}
        again = await publish(shared, "alice", batch, replace=True)
        assert again["is_new"] is False


async def test_what_is_mirrored_survives_a_restart_and_a_reload(mosaic_kernel):
    async with mosaic_kernel("sqlite", "tony") as kernel:
        system = InProcess(kernel)
        await start(kernel, "r-1")
        await publish(system, "alice", await piece(system))
        await system.call("plugins.reload", name="tony", code=True, waits=True)
        assert (await system.call("bridge.cursor", origin="alice"))["position"] == 3
        await apply(kernel, PauseRun(run_id="r-1"))
    async with mosaic_kernel("sqlite", "tony") as kernel:
        system = InProcess(kernel)
        cursor = await system.call("bridge.cursor", origin="alice")
        assert (cursor["position"], cursor["events"]) == (3, 3)
        await publish(system, "alice", await piece(system, after=3, after_hash=cursor["hash"]))
        assert await shared_runs(kernel, "alice") == {"r-1": "paused"}
        storage = kernel.port("storage").get()
        for document in await storage.documents("tony.standing"):  # they only save reading the log again
            await storage.delete_document("tony.standing", document.key)
    async with mosaic_kernel("sqlite", "tony") as kernel:
        assert (await InProcess(kernel).call("bridge.cursor", origin="alice"))["events"] == 4


async def test_two_processes_that_publish_the_same_at_once_mirror_it_once(mosaic_kernel):
    async with mosaic_kernel("sqlite", "tony") as one, mosaic_kernel("sqlite", "tony") as other:
        systems = [InProcess(one), InProcess(other)]
        await start(one, "r-1")
        batch = await piece(systems[0])
        told = []

        async def do(system):
            told.append(await publish(system, "alice", batch))

        async with trio.open_nursery() as nursery:
            for system in systems:
                nursery.start_soon(do, system)
        assert {one["position"] for one in told} == {3}
        assert len(await mirrored(one, "alice")) == 3
        for system in systems:
            assert (await system.call("bridge.cursor", origin="alice"))["events"] == 3


async def test_permissions(two):
    async with two() as (local, _):
        nobody = Principal(name="eve", permissions=frozenset({"bridge:read"}))
        await local.kernel.dispatch("bridge.list", {}, nobody)
        with pytest.raises(Denied):
            await local.kernel.dispatch(
                "bridge.publish", {"origin": "a", "after": 0, "to": 1, "to_hash": "f"}, nobody
            )
        with pytest.raises(Denied):
            await local.kernel.dispatch("tony.drive", {"run_id": "r"}, nobody)


async def test_too_much_at_once_is_refused(mosaic_kernel):
    settings = {"plugins.tony.batch_events": 2, "plugins.tony.origins": 1}
    async with mosaic_kernel("memory", "tony", settings=settings) as kernel:
        system = InProcess(kernel)
        await start(kernel, "r-1")
        batch = await piece(system)
        assert len(batch["events"]) == 2
        with pytest.raises(InputError, match="too large"):
            await publish(system, "alice", {**batch, "runs": batch["runs"] * 3})
        await publish(system, "alice", batch)
        with pytest.raises(Refused, match="no more systems"):
            await publish(system, "bob", batch)


async def test_a_store_that_was_restored_is_read_anew(mosaic_kernel, tmp_path):
    async with mosaic_kernel("sqlite", "tony") as kernel:
        system, storage = InProcess(kernel), kernel.port("storage").get()
        await start(kernel, "r-1")
        first = await piece(system, limit=1)
        await publish(system, "alice", first)
        await storage.backup(str(tmp_path / "backup"))
        rest = await piece(system, after=1, after_hash=first["to_hash"])
        await publish(system, "alice", rest)
        assert (await system.call("bridge.cursor", origin="alice"))["position"] == rest["to"]
        await storage.restore(str(tmp_path / "backup"))
        await note(kernel)  # the log is as long as it was, and another one
        assert (await system.call("bridge.cursor", origin="alice"))["position"] == 1
        await publish(system, "alice", rest)
        assert [kind for _, kind, _ in await mirrored(kernel, "alice")] == [
            "run.created",
            "run.extended",
            "run.started",
        ]
