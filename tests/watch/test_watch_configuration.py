"""A file of the configuration is written, made or taken away: the configuration is read anew."""

import pytest
import trio
import trio.testing

from mosaic_hookspecs import InputError, Unavailable
from mosaic_watch.configuration_watch import ConfigurationWatch
from mosaic_watch.entry_changes import EntryChanges
from mosaic_watch.settings import Config

QUIET = 0.3
RELOAD = ("config.reload", {})


@pytest.fixture
async def project(watched, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / "config"))
    await watched.nursery.start(ConfigurationWatch(watched, Config(config=True, quiet_ms=30)).run)
    return watched.project_directory


async def test_the_projects_file(watched, project):
    (project / "mosaic.yaml").write_text("profile: local\n")
    assert await watched.heard(1) == [RELOAD]
    _written(project / ".mosaic.yaml.new", "profile: ''\n").replace(project / "mosaic.yaml")
    assert await watched.heard(2) == [RELOAD, RELOAD]
    (project / "mosaic.yaml").unlink()
    assert len(await watched.heard(3)) == 3


def _written(path, text):
    path.write_text(text)
    return path


async def test_what_was_changed_live_in_a_directory_that_is_made_later(watched, project):
    (project / ".mosaic").mkdir()
    await trio.sleep(0.1)
    (project / ".mosaic" / "live.yaml").write_text("ports: {storage: memory}\n")
    assert await watched.heard(1) == [RELOAD]


async def test_the_users_file_several_directories_down(watched, project, tmp_path):
    folder = tmp_path / "home" / "config" / "mosaic"
    for part in (tmp_path / "home", tmp_path / "home" / "config", folder):
        part.mkdir()
        await trio.sleep(0.06)
    (folder / "mosaic.yaml").write_text("profile: local\n")
    assert await watched.heard(1) == [RELOAD]


async def test_other_files_and_the_same_text_are_nothing(watched, project):
    (project / "notes.md").write_text("x")
    (project / "mosaic.yaml").write_text("a: 1\n")
    await watched.heard(1)
    (project / "mosaic.yaml").write_text("a: 1\n")
    (project / "more.md").write_text("x")
    await trio.sleep(QUIET)
    assert len(watched.asked) == 1


async def test_what_is_written_while_the_change_before_is_taken_over_is_not_missed(watched, project):
    file = project / "mosaic.yaml"
    dispatch = watched.dispatch

    async def while_it_reloads(operation, data):
        answer = await dispatch(operation, data)
        if len(watched.asked) == 1:
            file.write_text("a: 2\n")
        return answer

    watched.dispatch = while_it_reloads
    file.write_text("a: 1\n")
    assert await watched.heard(2) == [RELOAD, RELOAD]


async def test_a_burst_is_one_reading(watched, project, mock_clock):
    for number in range(20):
        (project / "mosaic.yaml").write_text(f"a: {number}\n")
        await trio.testing.wait_all_tasks_blocked()
        mock_clock.jump(0.02)
    await trio.testing.wait_all_tasks_blocked()
    assert watched.asked == []
    mock_clock.jump(0.02)
    await trio.testing.wait_all_tasks_blocked()
    assert watched.asked == [RELOAD]
    mock_clock.jump(QUIET)
    await trio.testing.wait_all_tasks_blocked()
    assert watched.asked == [RELOAD]


async def test_a_mistake_is_told_and_its_mending_is_noticed(watched, project):
    watched.failures["config.reload"] = InputError("bad-config", "unknown key 'x'", where="mosaic.yaml:1:1")
    (project / "mosaic.yaml").write_text("x: 1\n")
    await watched.heard(1)
    watched.failures.clear()
    (project / "mosaic.yaml").write_text("profile: local\n")
    await watched.heard(2)
    (level, event, facts), *_ = watched.log.lines
    assert (level, event) == ("error", "watch.reload_failed")
    assert "mosaic.yaml:1:1" in facts["why"]


class Wakes(trio.abc.Instrument):
    """Counts how often trio's loop has waited for something."""

    def __init__(self):
        self.count = 0

    def after_io_wait(self, timeout):
        self.count += 1


async def test_waiting_costs_no_wake_up(tmp_path):
    changes = EntryChanges([tmp_path])
    wakes = Wakes()
    trio.lowlevel.add_instrument(wakes)
    try:
        with trio.move_on_after(0.5):
            await changes.next()
            raise AssertionError("nothing has changed")
    finally:
        trio.lowlevel.remove_instrument(wakes)
        changes.close()
        changes.close()
    assert wakes.count <= 3


async def test_a_system_that_does_not_let_us_watch_says_so(tmp_path, monkeypatch):
    import ctypes

    class Library:
        def inotify_init1(self, flags):
            ctypes.set_errno(24)
            return -1

    monkeypatch.setattr(ctypes, "CDLL", lambda *_, **__: Library())
    with pytest.raises(Unavailable) as raised:
        EntryChanges([tmp_path])
    assert raised.value.got == "Too many open files"
    assert "max_user_instances" in raised.value.hint


async def test_what_was_taken_over_and_what_was_refused_is_on_the_bus(watched, project):
    (project / "mosaic.yaml").write_text("a: 1\n")
    await watched.heard(1)
    await trio.testing.wait_all_tasks_blocked()
    assert watched.published[-1] == ("watch.taken_over", {"about": "configuration"})
    watched.failures["config.reload"] = InputError("bad-config", "it is wrong", hint="Mend it.")
    (project / "mosaic.yaml").write_text("a: 2\n")
    await watched.heard(2)
    await trio.testing.wait_all_tasks_blocked()
    assert watched.published[-1] == ("watch.refused", {"about": "configuration", "why": "it is wrong"})
