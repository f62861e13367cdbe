"""A file of a running plugin is saved: that plugin is reloaded, once."""

import pytest
import trio
import trio.testing

from mosaic_hookspecs import InputError
from mosaic_watch import code_watch
from mosaic_watch.code_watch import CodeWatch
from mosaic_watch.settings import Config
from mosaic_watch.source_changes import Changed

QUIET = 0.3
NOISE = (
    "__pycache__/plugin.cpython-311.pyc",
    ".plugin.py.swp",
    "plugin.py~",
    "4913",
    "#plugin.py#",
    ".git/index",
)


def package(directory, name):
    place = directory / name
    place.mkdir()
    (place / "__init__.py").write_text("")
    (place / "plugin.py").write_text("class Plugin: pass\n")
    return place


@pytest.fixture
async def greeter(watched, tmp_path):
    place = package(tmp_path, "greeter")
    watched.add("greeter", place)
    return place


async def watch(watched, **config):
    code = CodeWatch(watched, Config(code=True, **config))
    await watched.nursery.start(code.run)
    return code


async def nothing_more(watched, count, seconds=QUIET):
    await trio.sleep(seconds)
    assert len(watched.asked) == count, watched.asked


async def written_until_heard(watched, place, count):
    """Write a file until so many things were asked: nobody tells when a new directory is watched."""
    with trio.fail_after(20):
        while len(watched.asked) < count:
            (place / "plugin.py").write_text(f"x = {trio.current_time()}\n")
            await trio.sleep(0.2)


async def test_saving_a_file_reloads_its_plugin(watched, greeter):
    await watch(watched)
    (greeter / "plugin.py").write_text("class Plugin: x = 1\n")
    assert await watched.heard() == [("plugins.reload", {"name": "greeter", "waits": False})]
    assert watched.log.events() == ["watch.reloaded"]
    assert [topic for topic, _ in watched.published] == ["watch.changed"]


async def test_many_files_are_one_reload(watched, greeter):
    await watch(watched, debounce_ms=5000, step_ms=300)
    (greeter / "deep" / "er").mkdir(parents=True)
    for number in range(50):
        (greeter / "deep" / "er" / f"m{number}.py").write_text("x = 1\n")
    await watched.heard()
    await nothing_more(watched, 1, seconds=1)


async def test_a_directory_made_later_is_watched_too(watched, greeter):
    await watch(watched)
    (greeter / "later").mkdir()
    await watched.heard(1)
    (greeter / "later" / "module.py").write_text("x = 1\n")
    await watched.heard(2)


@pytest.mark.parametrize("name", NOISE)
async def test_what_says_nothing_is_passed_over(watched, greeter, name):
    file = greeter / name
    file.parent.mkdir(exist_ok=True)
    await watch(watched)
    file.write_text("x")
    await nothing_more(watched, 0)


async def test_saving_by_renaming_is_one_reload_of_the_new_text(watched, greeter, monkeypatch):
    monkeypatch.setattr(code_watch, "_RENAME_SECONDS", 5)
    await watch(watched)
    # As vim does: the old file moves away, and the new one is written in its place.
    (greeter / "plugin.py").rename(greeter / "plugin.py~")
    await trio.sleep(0.03)
    (greeter / "plugin.py").write_text("class Plugin: x = 2\n")
    (greeter / "plugin.py~").unlink()
    await watched.heard()
    await nothing_more(watched, 1)


async def test_a_file_that_is_back_before_anybody_looks_is_one_reload(watched, greeter, monkeypatch):
    file = greeter / "plugin.py"
    told = [Changed(paths=frozenset({file}), removed=frozenset({file})), Changed(paths=frozenset({file}))]

    class Changes:
        def __init__(self, *_, **__):
            pass

        async def next(self, seconds=0):
            if not told:
                await trio.sleep_forever()
            return told.pop(0)

        def close(self):
            pass

    monkeypatch.setattr(code_watch, "SourceChanges", Changes)
    await watch(watched)
    await trio.testing.wait_all_tasks_blocked()
    assert [data["name"] for _, data in watched.asked] == ["greeter"]


async def test_replacing_by_renaming_reloads(watched, greeter):
    await watch(watched)
    (greeter / ".plugin.py.new").write_text("class Plugin: x = 2\n")
    (greeter / ".plugin.py.new").replace(greeter / "plugin.py")
    await watched.heard()


async def test_every_plugin_of_a_package_is_reloaded_and_no_other(watched, greeter, tmp_path):
    watched.add("welcomer", greeter)
    watched.add("other", package(tmp_path, "other"))
    await watch(watched)
    (greeter / "plugin.py").write_text("x = 1\n")
    asked = await watched.heard(2)
    assert [data["name"] for _, data in asked] == ["greeter", "welcomer"]
    await nothing_more(watched, 2)


async def test_only_those_that_are_named(watched, greeter, tmp_path):
    other = package(tmp_path, "other")
    watched.add("other", other)
    await watch(watched, only=["other"])
    (greeter / "plugin.py").write_text("x = 1\n")
    (other / "plugin.py").write_text("x = 1\n")
    asked = await watched.heard()
    assert [data["name"] for _, data in asked] == ["other"]
    await nothing_more(watched, 1)


async def test_a_plugin_that_is_disabled_stays_so(watched, greeter):
    watched.plugins[0].state = "disabled"
    await watch(watched)
    (greeter / "plugin.py").write_text("x = 1\n")
    await nothing_more(watched, 0)


@pytest.mark.parametrize(
    "failure",
    [
        "load: SyntaxError: invalid syntax\n  at greeter/plugin.py:1",
        InputError("import-failed", "plugin 'greeter' cannot be imported", where="greeter/plugin.py:1"),
    ],
)
async def test_a_failing_reload_is_one_line_and_the_next_works(watched, greeter, failure):
    await watch(watched)
    watched.failures["greeter"] = failure
    (greeter / "plugin.py").write_text("class Plugin\n")
    await watched.heard(1)
    watched.failures.clear()
    (greeter / "plugin.py").write_text("class Plugin: y = 1\n")
    await watched.heard(2)
    await trio.testing.wait_all_tasks_blocked()
    (level, event, facts), (_, last, _) = watched.log.lines
    assert (level, event, facts["name"], last) == ("error", "watch.reload_failed", "greeter", "watch.reloaded")
    assert "greeter/plugin.py:1" in facts["why"]
    assert "\n" not in facts["why"]


async def test_a_changed_manifest_has_the_packages_looked_at(watched, greeter):
    await watch(watched)
    (greeter / "mosaic-plugin.yaml").write_text("greeter: {}\n")
    asked = await watched.heard(2)
    assert [operation for operation, _ in asked] == ["plugins.rescan", "plugins.reload"]


async def test_this_plugin_itself_comes_last(watched, tmp_path):
    place = package(tmp_path, "both")
    for name in ("watch", "zebra", "ape"):
        watched.add(name, place)
    await watch(watched)
    (place / "plugin.py").write_text("x = 1\n")
    asked = await watched.heard(3)
    assert [data["name"] for _, data in asked] == ["ape", "zebra", "watch"]


async def test_a_package_that_was_away_for_a_while(watched, greeter, tmp_path):
    await watch(watched)
    greeter.rename(tmp_path / "aside")
    await trio.sleep(0.2)
    (tmp_path / "aside").rename(greeter)
    before = len(watched.asked)
    await written_until_heard(watched, greeter, before + 1)  # looked for once a second


async def test_a_plugin_that_came_later_is_watched_after_a_refresh(watched, greeter, tmp_path):
    code = await watch(watched)
    late = package(tmp_path, "late")
    watched.add("late", late)
    code.refresh()
    await written_until_heard(watched, late, 1)
    assert watched.asked[0][1]["name"] == "late"


async def test_what_is_written_before_the_new_watch_begins_is_not_missed(watched, greeter, tmp_path):
    code = await watch(watched)
    late = package(tmp_path, "late")
    watched.add("late", late)
    code.refresh()
    (late / "plugin.py").write_text("x = 1\n")
    (greeter / "plugin.py").write_text("y = 1\n")
    asked = await watched.heard(2)
    assert {data["name"] for _, data in asked} == {"greeter", "late"}


async def test_cancelling_takes_no_longer_than_a_step(watched, greeter):
    code = CodeWatch(watched, Config(code=True))
    began = trio.current_time()
    async with trio.open_nursery() as nursery:
        await nursery.start(code.run)
        nursery.cancel_scope.cancel()
    assert trio.current_time() - began < 3  # the library's own way to be cancelled takes five
