import json
import sys
import time

import pytest

from mosaic_hookspecs import Denied, InputError, NotFound
from mosaic_kernel import PluginIndex
from mosaic_kernel.selection import select
from mosaic_kernel.settings import Configuration
from mosaic_kernel.trust_lock import LOCK_FILE, read_lock, write_lock


async def test_what_is_as_it_was_locked_runs(installed, kernel, lock, states):
    installed("good")
    report = await lock("good")
    assert [(one.name, one.kind, one.detail) for one in report.changes] == [
        ("good", "added", "made-up-good 1.0")
    ]
    async with kernel("good") as running:
        assert (await states(running))["good"].state == "running"


def one_byte(package):
    (package / "plugin.py").write_text("class Plugin:\n    pasS\n")


def a_new_file(package):
    (package / "evil.py").write_text("")


def another_version(package):
    (info,) = package.parent.glob("made_up_bad-*")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: made_up_bad\nVersion: 1.1\n")


@pytest.mark.parametrize("change", [one_byte, a_new_file, another_version])
async def test_a_changed_plugin_is_refused_and_nothing_of_it_imported(
    installed, kernel, lock, states, is_imported, change
):
    bad = installed("bad")
    installed("good")
    await lock("bad", "good")
    change(bad)
    async with kernel("bad", "good", is_tolerant=True) as running:
        found = await states(running)
        (ill,) = [one for one in (await running.dispatch("doctor.check")).checks if one.name == "plugin bad"]
    assert (found["bad"].state, found["good"].state) == ("failed", "running")
    assert "is not what was locked" in found["bad"].detail
    assert found["bad"].cure == "Review it, then run `mosaic plugins lock bad`."
    assert ill.state == "ill"
    assert ill.cure == found["bad"].cure
    assert not is_imported(bad)
    # And a profile that does not demand the lock is not concerned.
    (bad / "plugin.py").write_text("class Plugin:\n    pass\n")
    async with kernel("bad", requires=False) as running:
        assert (await states(running))["bad"].state == "running"


async def test_a_start_without_tolerance_says_what_has_changed(installed, kernel, lock, is_imported):
    bad = installed("bad")
    await lock("bad")
    a_new_file(bad)
    with pytest.raises(Denied) as caught:
        async with kernel("bad"):
            pass
    assert caught.value.code == "lock-mismatch"
    assert caught.value.got == "new: evil.py"
    assert not is_imported(bad)


async def test_an_unlisted_plugin_is_refused_and_nothing_of_it_imported(
    installed, kernel, lock, states, is_imported
):
    installed("good")
    await lock("good")
    new = installed("new")
    async with kernel("good", "new") as running:
        found = await states(running)
    assert (found["new"].state, found["good"].state) == ("denied", "running")
    assert found["new"].detail == "plugin 'new' is not in the lock"
    assert not is_imported(new)


async def test_what_the_ports_do_not_ask_for_is_not_imported_for_the_schema_either(
    installed, kernel, lock, is_imported, states
):
    installed("good")
    await lock("good")
    unused = installed("unused", "{provides: [{port: ui, contract: '1.0'}]}")
    async with kernel("good", "unused", settings={"ports.ui": []}) as running:
        assert (await states(running))["unused"].state == "denied"
        await running.dispatch("config.schema")
    assert not is_imported(unused)


async def test_a_plugin_that_another_needs_says_why_it_is_not_there(installed, kernel, lock):
    installed("needy", "{needs: [ui]}")
    changed = installed("filler", "{provides: [{port: ui, contract: '1.0'}]}")
    await lock("needy", "filler")
    a_new_file(changed)
    async with kernel("needy", "filler", is_tolerant=True) as running:
        (needy,) = [one for one in (await running.dispatch("plugins.list")).plugins if one.name == "needy"]
    assert "new: evil.py" in needy.cure
    assert "mosaic plugins lock filler" in needy.cure


@pytest.mark.parametrize(
    ("text", "code"), [(None, "no-lock"), ("format: 1\nplugins:\n\tgreeter: {}\n", "bad-lock")]
)
async def test_a_missing_or_damaged_lock_starts_nothing(
    installed, kernel, project, states, is_imported, text, code
):
    package = installed("good")
    if text is not None:
        (project / LOCK_FILE).write_text(text)
    with pytest.raises(InputError) as caught:
        async with kernel("good"):
            pass
    assert caught.value.code == code
    assert LOCK_FILE in str(caught.value.where)
    async with kernel("good", starts_plugins=False) as running:
        with pytest.raises(InputError) as caught:
            await running.dispatch("config.check")
        assert (await states(running))["good"].state == "denied"
    assert caught.value.code == code
    assert not is_imported(package)


async def test_plugins_of_the_program_need_no_lock(kernel, project, states):
    from mosaic_hookspecs import Manifest

    class Own:
        pass

    write_lock(project / LOCK_FILE, {})
    async with kernel(plugins=[("own", Own, Manifest())]) as running:
        assert (await states(running))["own"].state == "running"


async def test_locking_imports_nothing_that_is_not_locked(installed, lock, is_imported):
    packages = [installed("one", code="raise SystemExit\n"), installed("two")]
    report = await lock("one", "two")
    assert report.is_written
    assert not any(map(is_imported, packages))


async def test_locking_again_tells_what_is_another(installed, lock, project):
    one, two = installed("one"), installed("two")
    await lock("one", "two")
    assert (await lock("one", "two")).changes == ()
    a_new_file(one)
    installed("three")
    report = await lock("one", "three")
    assert [(item.name, item.kind, item.detail) for item in report.changes] == [
        ("one", "changed", "new: evil.py"),
        ("three", "added", "made-up-three 1.0"),
        ("two", "removed", "made-up-two"),
    ]
    assert (report.locked, report.path) == (2, str(project / LOCK_FILE))
    assert two.exists()


async def test_by_name_the_others_stay_as_they_are(installed, lock, project):
    one, two = installed("one"), installed("two")
    await lock("one", "two")
    before = read_lock(project).pins
    a_new_file(one)
    a_new_file(two)
    report = await lock("one", "two", names=["two"])
    assert [item.name for item in report.changes] == ["two"]
    after = read_lock(project).pins
    assert after["one"] == before["one"]
    assert after["two"] != before["two"]


async def test_a_name_that_is_gone_is_taken_out_and_an_unknown_one_refused(installed, lock, project):
    installed("one")
    await lock("one")
    pins = dict(read_lock(project).pins)
    write_lock(project / LOCK_FILE, {**pins, "gone": pins["one"]})
    with pytest.raises(NotFound) as caught:
        await lock("one", names=["gonne"])
    assert caught.value.hint == "Did you mean 'gone'?"
    report = await lock("one", names=["gone"])
    assert [(item.name, item.kind) for item in report.changes] == [("gone", "removed")]


async def test_a_provider_that_was_locked_for_a_swap_stays_locked(installed, lock):
    installed("spare", "{provides: [{port: ui, contract: '1.0'}]}")
    settings = {"ports.ui": []}
    await lock("spare", names=["spare"], settings=settings)
    assert (await lock("spare", settings=settings)).locked == 1
    # Who is denied is not.
    assert (await lock(settings=settings)).locked == 0


async def test_checking_writes_nothing(installed, kernel, lock, project):
    package = installed("one")
    await lock("one")
    a_new_file(package)
    before = (project / LOCK_FILE).read_bytes()
    async with kernel("one", starts_plugins=False) as running:
        report = await running.dispatch("plugins.lock", {"only_checks": True})
    assert not report.is_written
    assert [item.detail for item in report.changes] == ["new: evil.py"]
    assert (project / LOCK_FILE).read_bytes() == before


async def test_a_damaged_lock_is_made_anew_as_a_whole_only(installed, lock, project):
    installed("one")
    (project / LOCK_FILE).write_text("<<<<<<< ours\n")
    with pytest.raises(InputError) as caught:
        await lock("one", names=["one"])
    assert caught.value.code == "bad-lock"
    assert (project / LOCK_FILE).read_text() == "<<<<<<< ours\n"
    assert (await lock("one")).is_written


async def test_the_permission_is_its_own(kernel):
    async with kernel(starts_plugins=False) as running:
        assert running.operations()["plugins.lock"].permission == "plugins:lock"


async def test_names_on_the_lists_that_nobody_has_are_told_and_no_mistake(installed, kernel, states, project):
    installed("greeter")
    (project / "mosaic.yaml").write_text("deny:\n  - gretter\n  - spyware\n")
    async with kernel(requires=False, settings={"allow": ["greeter", "greter"]}) as running:
        report = await running.dispatch("config.check")
        checks = (await running.dispatch("doctor.check")).checks
        assert (await states(running))["greeter"].state == "running"
    first, second, third = report.warnings
    assert "mosaic.yaml:2:5: 'deny' names 'gretter', and no plugin of that name is installed" in first
    assert first.endswith("Did you mean 'greeter'?")
    assert "'spyware'" in second
    assert "'allow' names 'greter'" in third
    notices = [one for one in checks if one.state == "notice" and one.name == "configuration"]
    assert [one.cure for one in notices].count("Did you mean 'greeter'?") == 2
    assert len(notices) == 3


def test_comparing_all_built_in_plugins_takes_little(project):
    from mosaic_kernel.trust import pin_of

    listings = {
        name: listing for name, listing in PluginIndex().listings().items() if not listing.is_third_party
    }
    write_lock(project / LOCK_FILE, {name: pin_of(listing) for name, listing in listings.items()})
    begun = time.process_time()
    slots = select(listings, Configuration(require_lock=True), safe_mode=False, directory=project)
    # About 20 ms; a tenth of what a start costs.
    assert time.process_time() - begun < 0.5
    assert not any(slot.refusal for slot in slots.values())


async def test_a_report_is_plain_data(installed, kernel):
    from mosaic_kernel import to_json_data

    installed("one")
    async with kernel("one", starts_plugins=False) as running:
        report = await running.dispatch("plugins.lock")
    assert json.loads(json.dumps(to_json_data(report)))["changes"][0]["kind"] == "added"
    assert "made_up_one.plugin" not in sys.modules
