"""A glance answers what the kernel would, or leaves it to the kernel."""

import os
import time
import types
from contextlib import closing
from pathlib import Path

import attrs
import pytest
import trio
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mosaic_profiles
from mosaic_cli.main import mosaic
from mosaic_cli.notes import notes_on
from mosaic_hookspecs import NotFound, StartRun, TaskState, Uncertain
from mosaic_kernel import Kernel, PluginIndex, at_a_glance, to_json_data
from mosaic_sql.glance import FILE, open_store
from mosaic_sql.plugin import Config
from mosaic_sql.settings import Settings
from mosaic_sql.sqlite import connect
from mosaic_sql.storage import SqliteStorage
from mosaic_testing.graphs import chain, start_run
from mosaic_testing.reference import Reference
from mosaic_testing.walks import draw_command

NOW = 1_800_000_000_000
WALKS = 5 * int(os.environ.get("MOSAIC_CHAOS", "1"))


class Clock:
    def now(self):
        return NOW


@pytest.fixture(autouse=True)
def _plain(tmp_path, monkeypatch):
    """Nothing is configured, the index of the plugins is remembered, and time stands still."""
    for name in [name for name in os.environ if name.startswith("MOSAIC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    PluginIndex().listings()
    monkeypatch.setattr(time, "time_ns", lambda: NOW * 1_000_000)


def store(directory, commands):
    """Carry out commands in a store of the built-in configuration."""

    async def main():
        path = str(directory / ".mosaic" / FILE)
        storage = await SqliteStorage.open(Settings(path=path), Clock())
        for command in commands:
            await storage.apply([command], by="walk")
        await storage.aclose()

    trio.run(main)


async def everything(kernel):
    """Ask all that a glance answers, about all that there is."""
    found = [to_json_data(await kernel.dispatch("run.list", {"limit": 20}))]
    for run in found[0]["items"]:
        name = run["run_id"]
        view = to_json_data(await kernel.dispatch("run.show", {"run_id": name}))
        tasks = to_json_data(await kernel.dispatch("task.list", {"run_id": name}))
        some = await kernel.dispatch("task.list", {"run_id": name, "states": ["ready", "failed"], "limit": 3})
        whys = [
            to_json_data(await kernel.dispatch("task.why", {"run_id": name, "task_id": task["task_id"]}))
            for task in tasks["items"]
        ]
        found += [view, tasks, to_json_data(some), whys, await notes_on(kernel, view)]
    return found


def ask_kernel(directory, body):
    async def main():
        async with Kernel(directory=directory) as kernel:
            return await body(kernel)

    return trio.run(main)


def for_the_command_agent(command):
    """Let some tasks be for an agent that there is."""
    if not isinstance(command, StartRun):
        return command
    tasks = [attrs.evolve(task, runtime="command" if task.runtime else "") for task in command.tasks]
    return attrs.evolve(command, tasks=tasks)


@pytest.mark.chaos
@settings(max_examples=WALKS, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_glance_answers_as_the_kernel_does(data, tmp_path_factory):
    directory = tmp_path_factory.mktemp("walk")
    reference, commands = Reference(), []
    for _ in range(data.draw(st.integers(1, 40))):
        command = for_the_command_agent(draw_command(data.draw, reference.view))
        reference.do(command, now=NOW)
        commands.append(command)
    store(directory, commands)
    assert at_a_glance(directory, everything) == ask_kernel(directory, everything)


def test_a_glance_says_what_is_not_there_as_the_kernel_does(tmp_path):
    store(tmp_path, [start_run("r", chain(2))])
    for operation, data in (
        ("run.show", {"run_id": "x"}),
        ("task.list", {"run_id": "x"}),
        ("task.why", {"task_id": "x"}),
    ):

        async def body(kernel, operation=operation, data=data):
            return await kernel.dispatch(operation, data)

        with pytest.raises(NotFound) as glanced:
            at_a_glance(tmp_path, body)
        with pytest.raises(NotFound) as asked:
            ask_kernel(tmp_path, body)
        assert str(glanced.value) == str(asked.value)


@pytest.mark.parametrize("command", [["status"], ["status", "--json", "--all"], ["why", "t1"], ["runs"]])
def test_commands_print_the_same_either_way(command, tmp_path, capsys, monkeypatch):
    store(tmp_path, [start_run("r", chain(3), title="three")])
    asked = []
    start = Kernel.__aenter__
    monkeypatch.setattr(Kernel, "__aenter__", lambda kernel: asked.append(kernel) or start(kernel))
    mosaic.main([*command, "-C", str(tmp_path)], standalone_mode=False)
    glanced = capsys.readouterr().out
    assert not asked
    mosaic.main([*command, "-C", str(tmp_path), "--profile", "local"], standalone_mode=False)
    assert asked
    assert glanced
    assert glanced == capsys.readouterr().out


async def show(kernel):
    return await kernel.dispatch("run.show", {"run_id": ""})


def uncertain(directory):
    with pytest.raises(Uncertain):
        at_a_glance(directory, show)


def test_whatever_is_configured_is_the_kernels(tmp_path, monkeypatch):
    store(tmp_path, [start_run("r", chain(1))])
    assert at_a_glance(tmp_path, show).run_id == "r"
    with monkeypatch.context() as patch:
        patch.setenv("MOSAIC_PLUGINS__ENGINE__QUOTAS", "{tasks: 1}")
        uncertain(tmp_path)
    personal = tmp_path / "config" / "mosaic" / "mosaic.yaml"
    personal.parent.mkdir(parents=True)
    personal.write_text("")
    uncertain(tmp_path)
    personal.unlink()
    (tmp_path / "mosaic.yaml").write_text("")
    uncertain(tmp_path)
    (tmp_path / "below").mkdir()
    uncertain(tmp_path / "below")


def test_third_party_plugins_are_the_kernels(tmp_path, monkeypatch):
    from mosaic_kernel import glancing

    store(tmp_path, [start_run("r", chain(1))])
    rows = glancing.read_cache(glancing.cache_file())
    monkeypatch.setattr(glancing, "read_cache", lambda _file: [*rows, {**rows[0], "distribution": "other"}])
    uncertain(tmp_path)
    monkeypatch.setattr(glancing, "read_cache", lambda _file: None)
    uncertain(tmp_path)


def test_what_no_glance_answers_is_the_kernels(tmp_path):
    store(tmp_path, [start_run("r", chain(1))])

    async def body(kernel):
        await kernel.dispatch("task.show", {"task_id": "t0"})

    with pytest.raises(Uncertain):
        at_a_glance(tmp_path, body)


def test_waiting_is_the_kernels(tmp_path):
    store(tmp_path, [start_run("r", chain(1))])

    @types.coroutine
    def wait():
        yield

    with pytest.raises(Uncertain):
        at_a_glance(tmp_path, lambda _kernel: wait())


def test_no_store_no_glance(tmp_path):
    assert open_store(tmp_path) is None
    uncertain(tmp_path)
    assert not (tmp_path / ".mosaic").exists()


def test_an_odd_file_is_no_store(tmp_path):
    file = tmp_path / FILE
    file.write_bytes(b"")
    assert open_store(tmp_path) is None
    file.write_bytes(b"no database at all" * 100)
    assert open_store(tmp_path) is None


def test_another_schema_is_the_kernels(tmp_path):
    store(tmp_path, [start_run("r", chain(1))])
    with closing(connect(str(tmp_path / ".mosaic" / FILE), busy_seconds=1)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    uncertain(tmp_path)


def test_a_glance_changes_nothing_and_sees_what_is_not_checkpointed(tmp_path):
    async def main():
        path = str(tmp_path / ".mosaic" / FILE)
        storage = await SqliteStorage.open(Settings(path=path), Clock())
        await storage.apply([start_run("r", chain(5))], by="test")
        before = await storage.snapshot()
        assert at_a_glance(tmp_path, show).counts == {"ready": 1, "blocked": 4}
        reader = open_store(tmp_path / ".mosaic")
        with pytest.raises(Uncertain):
            await reader._read(lambda connection: connection.execute("DELETE FROM runs"))
        reader.close()
        assert await storage.snapshot() == before
        assert await storage.counts("r") == {TaskState.READY: 1, TaskState.BLOCKED: 4}
        await storage.aclose()

    trio.run(main)


def test_glances_fit_the_built_in_configuration():
    assert Config().path == FILE
    profile = yaml.safe_load((Path(mosaic_profiles.__file__).parent / "local.yaml").read_text())
    listings = PluginIndex().listings()
    glancing = [name for name, listing in listings.items() if "storage" in listing.manifest.glances]
    assert glancing == [profile["ports"]["storage"]]
    for listing in listings.values():
        agents = [
            item.name
            for item in listing.manifest.provides
            if item.port == "agents" and item.name != "*" and not item.name.startswith("check:")
        ]
        assert not agents or "agents" in listing.manifest.glances
