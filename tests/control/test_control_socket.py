"""Where the socket is, who may open it, and what becomes of it when its plugin is replaced."""

import os
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import trio
import trio.testing
from control_client import Served, open_files

from mosaic_control.listening import Listening, clear_stale
from mosaic_control.plugin import ControlPlugin
from mosaic_control.settings import Config
from mosaic_control.transport import ControlTransport
from mosaic_hookspecs import Unavailable
from mosaic_hookspecs.wire import Notification, error_from_data


@pytest.fixture
def short():
    with tempfile.TemporaryDirectory(dir="/tmp", prefix="m") as name:
        yield Path(name)


def mode(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


def test_the_socket_is_its_users_alone(short):
    listening = Listening.begin(short / "state")
    assert listening.path.parent == short / "state" / "control"
    assert listening.path.name.startswith(f"{os.getpid()}-")
    assert (mode(listening.path.parent), mode(listening.path)) == (0o700, 0o600)
    listening.close()
    listening.close()
    assert list((short / "state").iterdir()) == []


def test_a_path_that_is_too_long_leads_elsewhere(short):
    deep = short / ("d" * 60) / ("e" * 60)
    first, second = Listening.begin(deep), Listening.begin(deep)
    link = deep / "control"
    assert link.is_symlink()
    assert first.path.parent == second.path.parent == Path(os.path.realpath(link))
    assert mode(first.path.parent) == 0o700
    first.close()
    assert second.path.exists()
    second.close()
    assert not os.path.lexists(link)
    assert not first.path.parent.exists()


def test_a_temporary_directory_that_was_cleared_is_made_again(short):
    deep = short / ("d" * 60) / ("e" * 60)
    deep.mkdir(parents=True)
    (deep / "control").symlink_to(short / "gone")
    listening = Listening.begin(deep)
    assert listening.path.exists()
    listening.close()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_a_directory_of_somebody_else_is_refused(short):
    (short / "control").mkdir()
    os.chown(short / "control", 12345, 12345)
    with pytest.raises(Unavailable) as raised:
        Listening.begin(short)
    assert raised.value.code == "foreign-directory"


def test_what_dead_processes_left_is_cleared_and_the_living_stay(short):
    code = (
        "import sys, os; from pathlib import Path; from mosaic_control.listening import Listening;"
        "Listening.begin(Path(sys.argv[1])); os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(short)], check=False)
    (dead,) = (short / "control").iterdir()
    half = short / "control" / f".{dead.name}"
    half.touch()
    alive = Listening.begin(short)
    assert list((short / "control").iterdir()) == [alive.path]
    own_half = short / "control" / f".{os.getpid()}-1.sock"
    own_half.touch()
    clear_stale(short / "control")
    assert sorted((short / "control").iterdir()) == sorted([own_half, alive.path])
    alive.close()


async def test_a_system_without_unix_sockets_says_so_and_goes_on(served, monkeypatch):
    monkeypatch.delattr(socket, "AF_UNIX")
    transport = ControlTransport(served, Config())
    await transport.serve()
    assert transport.addresses == ()
    assert "no Unix sockets" in transport.trouble
    assert served.log.events() == ["control.not_listening"]


async def test_a_directory_that_cannot_be_made_is_told_by_the_health(tmp_path):
    (tmp_path / "file").write_text("")
    context = Served(tmp_path / "file" / "state")
    context.config = Config()
    plugin = ControlPlugin()
    (provision,) = await plugin.mosaic_provide(context)
    assert (await plugin.mosaic_health(context)).is_well
    await provision.provider.serve()
    health = await plugin.mosaic_health(context)
    assert not health.is_well
    assert "cannot reach this system" in health.detail


async def generation(nursery, served, before=None):
    """Start a generation of the plugin, with the state of the one before, as the kernel does."""
    served.config = Config()
    plugin = ControlPlugin()
    (provision,) = await plugin.mosaic_provide(served)
    state = await before.mosaic_export_state(served) if before else None
    if state is not None:
        await plugin.mosaic_import_state(served, state)
    nursery.start_soon(provision.provider.serve)
    await trio.testing.wait_all_tasks_blocked()
    return plugin, provision.provider


async def test_a_reload_refuses_no_connection_and_lets_calls_finish(nursery, served, connect):
    old, old_transport = await generation(nursery, served)
    busy = await connect(old_transport)
    idle = await connect(old_transport)
    await busy.send("dispatch", "wait")
    await served.waiting.wait()
    _, new_transport = await generation(nursery, served, old)
    assert new_transport.addresses == old_transport.addresses
    async with trio.open_nursery() as draining:
        draining.start_soon(old.mosaic_drain, served)
        await trio.testing.wait_all_tasks_blocked()
        assert await idle.receive() is None
        await busy.send("dispatch", "greet", number=2)
        assert error_from_data((await busy.receive()).error).code == "connection-ends"
        for _ in range(20):
            client = await connect(new_transport)
            assert (await client.call("greet")).result["text"] == "greet"
            await client.stream.aclose()
        served.release.set()
        assert (await busy.receive()).result["text"] == "wait"
    assert await busy.receive() is None
    old_transport.close()
    client = await connect(new_transport)
    assert (await client.call("greet")).result["text"] == "greet"
    new_transport.close()
    assert not list(served.state_directory.iterdir())


async def test_a_generation_that_came_to_nothing_leaves_the_old_one_whole(nursery, served, connect):
    old, old_transport = await generation(nursery, served)
    new = ControlPlugin()
    (provision,) = await new.mosaic_provide(served)
    await new.mosaic_import_state(served, await old.mosaic_export_state(served))
    provision.provider.close()
    client = await connect(old_transport)
    assert (await client.call("greet")).result["text"] == "greet"
    old_transport.close()


async def test_draining_does_not_wait_for_the_change_that_asked_for_it(served, connect, start):
    async with trio.open_nursery() as nursery:
        transport = await start(nursery)
        client = await connect(transport)
        await client.send("dispatch", "plugins.disable", {"name": "control"})
        await served.waiting.wait()
        with trio.fail_after(10):
            await transport.drain()
        nursery.cancel_scope.cancel()
    answer = await client.receive()
    error = error_from_data(answer.error)
    assert error.code == "connection-ended"
    assert "goes on all the same" in error.hint


async def test_draining_ends_streams_and_lets_calls_finish(nursery, served, connect):
    plugin, transport = await generation(nursery, served)
    client = await connect(transport)
    await client.send("dispatch", "wait", number=1)
    await served.waiting.wait()
    await client.send("follow", "count", number=2)
    assert (await client.receive()).method == "item"
    async with trio.open_nursery() as draining:
        draining.start_soon(plugin.mosaic_drain, served)
        with trio.fail_after(5):
            while isinstance(message := await client.receive(), Notification):
                await trio.lowlevel.checkpoint()
        assert message.id == 2
        assert error_from_data(message.error).code == "connection-ended"
        await served.left(1)
        served.release.set()
        answer = await client.receive()
        assert (answer.id, answer.result["text"]) == (1, "wait")
    assert await client.receive() is None
    transport.close()


async def test_fifty_generations_leave_nothing(nursery, served, connect):
    plugin, transport = await generation(nursery, served)
    before = open_files()
    for _ in range(50):
        old, old_transport = plugin, transport
        plugin, transport = await generation(nursery, served, old)
        await old.mosaic_drain(served)
        old_transport.close()
    client = await connect(transport)
    assert (await client.call("greet")).result["text"] == "greet"
    await client.stream.aclose()
    await trio.testing.wait_all_tasks_blocked()
    assert open_files() <= before
    transport.close()
