import os
import socket
from contextlib import suppress

import pytest
import trio
from extending import edit, extended, reload

from mosaic_hookspecs import RunSpec, StartRun, TaskSpec


def finger(directory, port=0, **settings):
    given = {"plugins.finger": {"port": port, **settings}}
    return extended(directory, "finger", "engine", "memory", settings=given, serves=True)


def address(running):
    [url] = running.port("transport").get("finger").addresses
    return "127.0.0.1", int(url.rpartition(":")[2].strip("/"))


async def ask(place, line):
    """Ask as a finger client does: a line, then read until the other side closes."""
    with trio.fail_after(10):
        async with await trio.open_tcp_stream(*place) as stream:
            await stream.send_all(line)
            answer = b""
            async for piece in stream:
                answer += piece
    assert b"\n" not in answer.replace(b"\r\n", b"")
    return answer.decode()


async def listening(running):
    with trio.fail_after(10):
        while not running.port("transport").get("finger").addresses:  # noqa: ASYNC110 - it is told nowhere
            await trio.sleep(0.01)
    return address(running)


async def start_run(running, run_id="first", title="Build a zoo"):
    run = RunSpec(run_id=run_id, title=title)
    await (
        running.port("storage")
        .get()
        .apply([StartRun(run=run, tasks=[TaskSpec(task_id="a", runtime="nobody")])], by="test")
    )


async def test_a_client_of_the_protocol_sees_how_runs_stand(site, tmp_path):
    async with finger(tmp_path / "project") as running:
        place = await listening(running)
        assert await ask(place, b"\r\n") == "No runs.\r\n"
        await start_run(running, title="Build \x1b[31ma zoo")
        assert "first  waiting  Build ?[31ma zoo" in await ask(place, b"\r\n")
        shown = await ask(place, b"/W first\r\n")
        assert "Run: first\r\n" in shown
        assert "Tasks: 1 ready\r\n" in shown
        assert "[no-run]" in await ask(place, b"nothing\r\n")
    with pytest.raises(OSError, match="all attempts to connect"):
        await ask(place, b"\r\n")


async def test_hostile_clients_hold_up_nobody(site, tmp_path):
    async with finger(tmp_path / "project", seconds=0.3) as running:
        place = await listening(running)
        async with await trio.open_tcp_stream(*place) as silent:
            assert await ask(place, b"\r\n") == "No runs.\r\n"
            with suppress(trio.BrokenResourceError):  # who says too much is hung up on
                await ask(place, b"\xff" * 100_000 + b"\r\n")
            assert await ask(place, b"\x00\x1b[2J\r\n") != ""
            with trio.fail_after(5):
                assert await silent.receive_some() == b""  # its time is over


async def test_a_port_that_is_taken_is_said_and_the_others_go_on(site, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        async with finger(tmp_path / "project", port=port) as running:
            with trio.fail_after(10):
                state = "running"
                while state == "running":
                    info = await running.dispatch("plugins.info", {"name": "finger"})
                    state = info.state
                    await trio.sleep(0.01)
            assert "cannot listen" in info.detail
            assert not (await running.dispatch("run.list")).items


async def test_handing_the_socket_over_never_makes_it_block(site, tmp_path):
    async with finger(tmp_path / "project") as running:
        await listening(running)
        transport = running.port("transport").get("finger")
        with transport.listening.dup() as copy:
            assert not os.get_blocking(copy.fileno())
            assert not os.get_blocking(transport.listening.fileno())


async def test_no_client_is_refused_while_it_is_reloaded(site, tmp_path):
    async with finger(tmp_path / "project") as running, trio.open_nursery() as nursery:
        place = await listening(running)
        await start_run(running)
        answers, is_over = [], trio.Event()

        async def keep_asking():
            while not is_over.is_set():
                answers.append(await ask(place, b"first\r\n"))

        for _ in range(4):
            nursery.start_soon(keep_asking)
        for number in range(1, 6):
            await trio.sleep(0.05)
            assert await reload(running, "finger") == number + 1
        edit(site / "acme_finger/transport.py", "Title: ", "About: ")
        await reload(running, "finger")
        assert address(running) == place
        assert "About: Build a zoo" in await ask(place, b"first\r\n")
        is_over.set()
    assert len(answers) > 10
    assert all("Build a zoo" in answer for answer in answers)
