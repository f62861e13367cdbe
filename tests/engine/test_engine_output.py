from __future__ import annotations

import pytest
from engine_fakes import ScriptedAgent, World, task
from hypothesis import given
from hypothesis import strategies as st

from mosaic_engine.live_log import LiveLog, log_directory, read_log


async def test_output_is_live_on_the_bus_and_kept_in_the_log(tmp_path):
    async def talk(assignment):
        assignment.journal.output(b"hello\nhalf")
        assignment.journal.output(b" a line")

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": talk}))
    await world.start(task("a", check="unit"), task("quiet"))
    await world.drive()
    logs = await world.ask("task.logs", run_id="r", task_id="a")
    assert logs.text.startswith("hello\nhalf a line")
    assert "── check unit\nchecking\n" in logs.text
    notices = [one.body for one in world.context.bus.notices if one.topic == "task.output"]
    assert b"".join(body[3] for body in notices) == logs.text.encode()
    assert {body[:3] for body in notices} == {("r", "a", 1)}
    assert (await world.ask("task.logs", run_id="r", task_id="quiet")).text == ""


async def test_secrets_of_the_environment_do_not_reach_the_log(tmp_path, monkeypatch):
    monkeypatch.setenv("SHOP_API_KEY", "tr0ub4dor&3xyz")

    async def leak(assignment):
        assignment.journal.output(b"key=tr0ub4")
        assignment.journal.output(b"dor&3xyz and ghp_" + b"a" * 36 + b"\n")

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": leak}))
    await world.start(task("a"))
    await world.drive()
    logs = await world.ask("task.logs", run_id="r", task_id="a")
    assert logs.text == "key=[redacted] and [redacted]\n"


@given(st.lists(st.binary(min_size=1, max_size=5000), max_size=20))
def test_a_log_keeps_head_and_tail(pieces):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as name:
        log = LiveLog(Path(name) / "deep", 7, 9000)
        for piece in pieces:
            log.write(piece)
        log.close()
        whole = b"".join(pieces)
        kept = read_log(Path(name) / "deep", 7)
        if len(whole) <= 9000:
            assert kept == whole
        else:
            assert kept.startswith(whole[:3000])
            assert whole.endswith(kept[-3000:])
            if b" bytes left out " in kept:
                head, _, tail = kept.partition(b"\n[\xe2\x80\xa6 ")
                missing, _, tail = tail.partition(b" bytes left out \xe2\x80\xa6]\n")
                assert len(head) + int(missing) + len(tail) == len(whole)
        assert sum(path.stat().st_size for path in Path(name).rglob("*.log")) <= 9000


@pytest.mark.parametrize("name", ["../../etc", "a/b", "..", ".", "", "x" * 500, "ü\0", "build (3.11, linux)"])
def test_no_name_leads_out_of_the_log_directory(tmp_path, name):
    path = log_directory(tmp_path, name, name)
    assert path.resolve().parent.parent == (tmp_path / "attempts").resolve()
    assert path != path.parent
    path.mkdir(parents=True)


def test_long_names_do_not_collide(tmp_path):
    assert log_directory(tmp_path, "r", "x" * 500) != log_directory(tmp_path, "r", "x" * 501)


async def test_a_log_that_cannot_be_written_harms_nothing(tmp_path):
    async def talk(assignment):
        assignment.journal.output(b"hello\n")

    world = World(tmp_path, agent=ScriptedAgent(scripts={"a": talk}))
    (tmp_path / ".mosaic").write_text("a file where the directory should be")
    await world.start(task("a"))
    assert (await world.drive()).result == "accepted"
    assert world.context.log.lines[0][0] == "live-log.failed"
