"""task.output: everything that an attempt printed, once, and live, whichever process it prints in."""

from __future__ import annotations

import sys
import tempfile
from contextlib import aclosing
from pathlib import Path

import pytest
import trio
from engine_fakes import FakeClock, ScriptedAgent, World, task
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic_engine import growth, output
from mosaic_engine.live_log import LiveLog, log_directory
from mosaic_engine.log_pieces import last_bytes, read_piece
from mosaic_hookspecs import AgentOffer, AgentResult, Claim, NotFound
from mosaic_sql.settings import Settings
from mosaic_sql.storage import SqliteStorage


async def everything(world, **data):
    async with aclosing(world.follow("task.output", **data)) as pieces:
        return [piece async for piece in pieces]


def said(pieces):
    return "".join(piece.text for piece in pieces)


async def test_what_was_printed_then_what_is_until_the_attempt_ends(tmp_path, autojump_clock):
    async def talk(assignment):
        for number in range(5):
            assignment.journal.output(f"line {number}\n".encode())
            await trio.sleep(10)

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": talk}))
    await world.start(task("a", check="unit"))
    heard = []

    async def follow(after):
        await trio.sleep(after)
        async with aclosing(world.follow("task.output", task_id="a")) as pieces:
            heard.extend([(after, trio.current_time(), piece) async for piece in pieces])

    async with trio.open_nursery() as nursery:
        for after in (0, 25):  # one that is there before the first attempt, and one that comes late
            nursery.start_soon(follow, after)
        await trio.sleep(1)
        nursery.start_soon(world.drive)
    whole = (await world.ask("task.logs", task_id="a")).text
    assert "line 4\n" in whole
    assert "checking\n" in whole
    for after in (0, 25):
        assert said(piece for one, _, piece in heard if one == after) == whole
    times = [at for one, at, _ in heard if one == 0]
    assert times[:5] == pytest.approx([1, 11, 21, 31, 41], abs=0.2)
    assert [at for one, at, _ in heard if one == 25][:2] == pytest.approx([25, 31], abs=0.2)
    assert heard[-1][2].offset == len(whole.encode())
    assert said(await everything(world, task_id="a", offset=7)) == whole.encode()[7:].decode()
    assert await everything(world, task_id="a", offset=len(whole.encode())) == []


async def test_a_flood_of_notices_costs_a_look_now_and_then(tmp_path, autojump_clock):
    async def flood(assignment):
        for _ in range(200):
            assignment.journal.output(b"x" * 2000 + b"\n")
            await trio.sleep(0.001)

    world = World(tmp_path, agent=ScriptedAgent(scripts={"*": flood}))
    await world.start(task("a"), task("b"))
    pieces = []
    async with trio.open_nursery() as nursery:

        async def follow():
            pieces.extend(await everything(world, task_id="a"))

        nursery.start_soon(follow)
        await trio.sleep(1)
        await world.drive()
    assert said(pieces) == ("x" * 2000 + "\n") * 200
    assert len(pieces) < 25
    assert max(len(piece.text) for piece in pieces) <= 64 * 1024


async def test_a_stream_stays_with_its_attempt(tmp_path, autojump_clock):
    async def stumble(assignment):
        assignment.journal.output(f"attempt {assignment.token}\n".encode())
        await trio.sleep(5)
        return AgentResult(outcome="succeeded" if assignment.token > 1 else "failed", summary="again")

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": stumble}))
    await world.start(task("a", attempts=2), task("silent"), task("never", approval="Sure?"))
    pieces = []
    async with trio.open_nursery() as nursery:

        async def follow():
            pieces.extend(await everything(world, task_id="a"))

        nursery.start_soon(follow)
        await trio.sleep(1)
        await world.drive()
    assert [(piece.token, piece.text) for piece in pieces] == [(1, "attempt 1\n")]
    assert said(await everything(world, task_id="a")) == "attempt 2\n"
    assert said(await everything(world, task_id="a", token=1)) == "attempt 1\n"
    assert await everything(world, task_id="silent") == []
    with pytest.raises(NotFound) as refused:
        await everything(world, task_id="a", token=3)
    assert (refused.value.code, refused.value.expected) == ("no-attempt", "at most 2")
    with trio.move_on_after(1000) as waiting:
        await everything(world, task_id="never")
    assert waiting.cancelled_caught
    await world.ask("task.approve", task_id="never", is_granted=False)
    assert await everything(world, task_id="never") == []  # there will be no attempt


async def test_characters_are_not_torn_apart_and_nonsense_is_shown_as_such(tmp_path, autojump_clock):
    async def talk(assignment):
        for byte in "aé漢🙂".encode():
            assignment.journal._show(bytes([byte]))
            await trio.sleep(1)
        assignment.journal._show(b"\xff\xfe!\xf0\x9f")

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": talk}))
    await world.start(task("a"))
    pieces = []
    async with trio.open_nursery() as nursery:

        async def follow():
            pieces.extend(await everything(world, task_id="a"))

        nursery.start_soon(follow)
        await trio.sleep(1)
        await world.drive()
    assert [piece.text for piece in pieces] == ["a", "é", "漢", "🙂", "\ufffd\ufffd!", "\ufffd"]
    for piece in pieces:
        assert said(await everything(world, task_id="a", offset=piece.offset)) == "".join(
            later.text for later in pieces[pieces.index(piece) + 1 :]
        )


async def test_the_middle_that_was_dropped_is_said_to_be(tmp_path, autojump_clock):
    async def talk(assignment):
        assignment.journal.output(b"".join(b"%07d\n" % number for number in range(20_000)))

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": talk}), log_bytes=30_000)
    await world.start(task("a"))
    await world.drive()
    pieces = await everything(world, task_id="a")
    whole = (await world.ask("task.logs", task_id="a")).text
    assert said(pieces) == whole
    assert "bytes left out" in whole
    assert pieces[-1].offset == 160_000
    inside = await everything(world, task_id="a", offset=20_000)
    assert inside[0].text.startswith("\n[… ")
    assert said(inside).endswith("0019999\n")


@settings(deadline=None)
@given(
    pieces=st.lists(st.binary(min_size=1, max_size=4000), max_size=20),
    most=st.integers(1, 3000),
    every=st.integers(1, 3),
)
def test_a_log_that_is_read_while_it_is_written_tells_all_that_was_kept(pieces, most, every):
    with tempfile.TemporaryDirectory() as name:
        directory, place, heard, missing = Path(name) / "deep", 0, b"", 0
        log = LiveLog(directory, 7, 9000)
        for number, piece in enumerate(pieces):
            log.write(piece)
            if number % every == 0:
                found = read_piece(directory, 7, place, most)
                assert found.end == place + found.missing + len(found.data)
                assert len(found.data) <= most
                heard, place, missing = heard + found.data, found.end, missing + found.missing
        while (found := read_piece(directory, 7, place, most)).data or found.missing:
            heard, place, missing = heard + found.data, found.end, missing + found.missing
        log.close()
        whole = b"".join(pieces)
        assert place == len(whole) == len(heard) + missing
        assert whole.startswith(heard[:3000])
        assert whole.endswith(heard[-3000:])
        if not missing:
            assert heard == whole
        assert whole.endswith(last_bytes(directory, 7, most))
        assert len(last_bytes(directory, 7, most)) == min(most, len(whole))


OTHER = """
import sys, trio
from pathlib import Path
sys.path.insert(0, {tests!r})
from engine_fakes import FakeClock, ScriptedAgent, World
from mosaic_sql.settings import Settings
from mosaic_sql.storage import SqliteStorage

async def talk(assignment):
    for number in range(3):
        assignment.journal.output(f"{{assignment.token}}.{{number}}\\n".encode())
        await trio.sleep(0.02)
    if assignment.token == 1:
        await trio.sleep_forever()

async def main():
    storage = await SqliteStorage.open(Settings(path={path!r}), FakeClock())
    world = World(Path({place!r}), storage=storage, agent=ScriptedAgent(scripts={{"a": talk}}))
    await world.drive()
    await storage.aclose()

trio.run(main)
"""


async def test_another_process_prints_is_killed_and_goes_on(tmp_path):
    path = str(tmp_path / "mosaic.db")
    script = OTHER.format(tests=str(Path(__file__).parent), path=path, place=str(tmp_path))
    command = [sys.executable, "-c", script]
    storage = await SqliteStorage.open(Settings(path=path), FakeClock())
    world = World(tmp_path, storage=storage)
    await world.start(task("a", attempts=2))
    heard, is_told = [], trio.Event()

    async def follow():
        async with aclosing(world.follow("task.output", task_id="a")) as pieces:
            async for piece in pieces:
                heard.append(piece)
                if said(heard) == "1.0\n1.1\n1.2\n":
                    is_told.set()

    with trio.fail_after(20):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(storage.listen)
            async with trio.open_nursery() as following:
                following.start_soon(follow)
                first = await trio.lowlevel.open_process(command)
                try:
                    await is_told.wait()
                finally:
                    first.kill()
                await first.wait()
                # The next one finds the dead holder, gives the lease back, and tries again.
                second = await trio.lowlevel.open_process(command)
            assert said(heard) == "1.0\n1.1\n1.2\n"  # the stream ended with its attempt
            assert await second.wait() == 0
            heard.clear()
            await follow()
            assert said(heard) == "2.0\n2.1\n2.2\n"
            nursery.cancel_scope.cancel()
    await storage.aclose()


@pytest.mark.parametrize("is_told", [True, False], ids=["the system tells", "it does not"])
async def test_what_another_process_prints_comes_without_any_event(
    tmp_path, autojump_clock, monkeypatch, is_told
):
    looks = []
    monkeypatch.setattr(output, "read_piece", lambda *args: looks.append(args) or read_piece(*args))
    if not is_told:
        monkeypatch.setattr(growth, "_watched", lambda _: None)
    world = World(tmp_path)
    await world.start(task("a"))
    offers = [AgentOffer(name="other", is_general=True)]
    claim = Claim(holder="elsewhere:1:1:x", offers=offers, limit=1, lease_seconds=1e6)
    await world.command(claim)
    log = LiveLog(log_directory(world.context.state_directory, "r", "a"), 1, 30_000)
    heard = []

    async def follow():
        async with aclosing(world.follow("task.output", task_id="a")) as pieces:
            async for piece in pieces:
                heard.append((trio.current_time(), piece.text))  # noqa: PERF401 - as they come

    async with trio.open_nursery() as nursery:
        nursery.start_soon(follow)
        await trio.sleep(100)
        assert (len(looks) == 1) is is_told  # nothing is looked at while nothing is printed
        for number in range(3):
            began = trio.current_time()
            log.write(f"{number}\n".encode())
            await trio.sleep(50)
            at, text = heard[-1]
            assert text == f"{number}\n"
            assert at - began < (0.1 if is_told else growth.LOOK_SECONDS + 0.1)
        nursery.cancel_scope.cancel()
    log.close()
