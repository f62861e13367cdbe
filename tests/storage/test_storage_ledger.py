"""The ledger's operations, and the kit's option, in a real kernel."""

import subprocess
import sys

import pytest

from mosaic_hookspecs import InputError
from mosaic_kernel import Kernel


def kernel(directory, storage="sqlite"):
    settings = {"ports": {"storage": [storage]}, "allow": [storage, "ledger"]}
    return Kernel(profile="", directory=directory, settings=settings, environment={})


@pytest.mark.parametrize("storage", ["memory", "sqlite"])
async def test_operations_of_the_ledger(tmp_path, storage):
    async with kernel(tmp_path, storage) as running:
        await running.port("storage").get().put_blob(b"kept")
        info = await running.dispatch("storage.info", {})
        assert (info.provider, info.events, info.tasks) == (storage, 0, 0)
        made = await running.dispatch("storage.backup", {"path": "copy.db"})
        assert made.is_sound
        assert (tmp_path / "copy.db").is_file()
        with pytest.raises(InputError):
            await running.dispatch("storage.backup", {"path": "copy.db"})
        assert (await running.dispatch("storage.restore", {"path": "copy.db"})).is_sound
        for operation in ("log.verify", "storage.check", "storage.rebuild"):
            found = await running.dispatch(operation, {})
            assert found.is_sound, operation
            assert found.events == 0


async def test_break_is_reported_with_its_place(tmp_path):
    import sqlite3

    from mosaic_hookspecs import RecordEvent

    async with kernel(tmp_path) as running:
        storage = running.port("storage").get()
        await storage.apply([RecordEvent(kind="a.b", body={"n": n}) for n in range(3)], by="me")
        [file] = tmp_path.rglob("mosaic.db")
        other = sqlite3.connect(file)
        other.execute("UPDATE events SET body = '{}' WHERE sequence = 2")
        other.commit()
        other.close()
        found = await running.dispatch("log.verify", {})
        assert not found.is_sound
        assert found.broken.sequence == 2


def pytest_run(*arguments, cwd):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=120)


def test_option_runs_the_kits_of_a_plugin(tmp_path):
    done = pytest_run("--mosaic-plugin", "memory", "-k", "TestBlobs or TestFencing", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 passed" in done.stdout


@pytest.mark.parametrize("plugin", ["command", "upp"])
def test_kits_of_other_ports_run_in_a_project_that_knows_nothing_of_trio(tmp_path, plugin):
    done = pytest_run("--mosaic-plugin", plugin, "-x", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


def test_option_names_what_there_is(tmp_path):
    done = pytest_run("--mosaic-plugin", "no-such-plugin", cwd=tmp_path)
    assert done.returncode == 4
    assert "sqlite" in done.stderr


def test_a_plugin_without_a_port_is_tested_as_every_plugin_is(tmp_path):
    done = pytest_run("--mosaic-plugin", "ledger", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


@pytest.mark.parametrize("storage", ["memory", "sqlite"])
async def test_what_happened_is_listed_from_the_newest(tmp_path, storage):
    from mosaic_hookspecs import RecordEvent

    async with kernel(tmp_path, storage) as running:
        store = running.port("storage").get()
        events = [
            RecordEvent(
                kind="odd.seen" if number % 2 else "even.seen",
                run_id="r" if number == 7 else "",
                body={"number": number},
            )
            for number in range(1203)
        ]
        await store.apply(events[:10], by="ada")
        await store.apply(events[10:], by="bob")

        async def listed(**asked):
            return await running.dispatch("log.list", asked)

        newest = await listed(limit=3)
        assert [event.body["number"] for event in newest.items] == [1202, 1201, 1200]
        numbers, before = [], 0
        while True:
            page = await listed(limit=500, before=before, kinds=["odd."])
            numbers += [event.body["number"] for event in page.items]
            before = page.next
            if not before:
                break
        assert numbers == list(range(1201, 0, -2))
        assert [event.sequence for event in (await listed(by="ada", limit=2)).items] == [10, 9]
        assert [event.body["number"] for event in (await listed(run_id="r")).items] == [7]
        assert (await listed(kinds=["none."])).next == 0
        assert (await listed(limit=3, before=10**30)) == newest
        assert not (await listed(before=-1)).items
        assert not newest.items[0].is_cut
        await store.apply([RecordEvent(kind="big.seen", body={"words": "a" * 5000})], by="bob")
        [big] = (await listed(limit=1)).items
        assert (big.is_cut, big.body) == (True, {})
        with pytest.raises(InputError):
            await listed(limit=0)


@pytest.mark.parametrize("storage", ["memory", "sqlite"])
async def test_what_can_be_in_no_store_is_looked_for_in_vain_and_is_nobodys_fault(tmp_path, storage):
    half, huge, codes = "\ud800", 2**63, set()
    async with kernel(tmp_path, storage) as running:
        store = running.port("storage").get()
        for ask in (
            lambda: store.run(half),
            lambda: store.runs(before=-huge - 1),
            lambda: store.task("r", half),
            lambda: store.tasks("r", after=huge),
            lambda: store.events(after=huge),
            lambda: store.get_document("c", half),
            lambda: store.documents("c", after=half),
            lambda: store.get_blob(half),
            lambda: store.counts(half),
        ):
            try:
                assert not await ask()
            except InputError as error:
                codes.add(error.code)
        assert codes <= {"cannot-be-stored"}
        assert running.runtime.slots[storage].faults.total == 0
        assert await store.head() == 0
