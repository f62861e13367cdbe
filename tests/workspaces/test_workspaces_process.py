# ruff: noqa: ASYNC110, ASYNC220, ASYNC221, PTH208 - a test may block its own loop, and look at what has no event
import os
import signal
import subprocess
import sys
import textwrap

import pytest
import trio

from mosaic_hookspecs import InputError, Unavailable
from mosaic_workspaces.process_tree import process_ids, read_entry, read_mark


def is_alive(pid):
    entry = read_entry(pid)
    return entry is not None and not entry.is_dead


async def wait_for(condition, seconds=10):
    with trio.fail_after(seconds):
        while not condition():
            await trio.sleep(0.01)


def pids_in(directory):
    return [int(path.read_text()) for path in directory.glob("*.pid") if path.read_text().strip()]


async def test_runs_with_a_clean_environment(runner, place, monkeypatch):
    monkeypatch.setenv("LEAKED", "from outside")
    done = await runner.execute(place, ["env"], environment={"ASKED": "yes"})
    variables = dict(line.split("=", 1) for line in done.output.decode().splitlines())
    assert done.exit_code == 0
    assert variables.pop("ASKED") == "yes"
    assert set(variables) == {"PATH", "HOME", "TMPDIR", "LANG", "TERM", "MOSAIC_MARK"}
    assert variables["HOME"] == str(place.area.home)


async def test_merges_both_outputs_as_they_come_and_passes_stdin(runner, place):
    heard = []
    done = await runner.execute(
        place,
        ["sh", "-c", "cat; echo err >&2; echo out; exit 7"],
        stdin=b"in\n" * 40000,
        on_output=heard.append,
    )
    assert done.exit_code == 7
    assert b"".join(heard) == b"in\n" * 40000 + b"err\nout\n"
    assert done.output.endswith(b"err\nout\n")


async def test_a_signal_is_a_negative_exit_code(runner, place):
    assert (await runner.execute(place, ["sh", "-c", "kill -9 $$"])).exit_code == -9


async def test_huge_output_is_bounded(runner, place):
    done = await runner.execute(place, ["head", "-c", "100000000", "/dev/zero"])
    assert len(done.output) < 2200
    assert b"99998000 bytes left out" in done.output


async def test_binary_output_is_kept_as_it_is(runner, place):
    data = bytes(range(256)) * 3
    assert (await runner.execute(place, ["cat"], stdin=data)).output == data


async def test_secrets_are_redacted_for_both_readers(runner, place):
    heard = []
    done = await runner.execute(
        place,
        ["sh", "-c", "printf hunter; sleep 0.05; printf '22 ghp_%s\\n' abcdefghijklmnopqrstuvwxyz"],
        environment={"DB_PASSWORD": "hunter22"},
        on_output=heard.append,
    )
    assert done.output == b"".join(heard) == b"[redacted] [redacted]\n"


@pytest.mark.parametrize("argv", [["no-such-program-here"], ["/no/such/program"], [""], []])
async def test_a_missing_program_is_the_users_mistake(runner, place, argv):
    with pytest.raises(InputError) as caught:
        await runner.execute(place, argv)
    assert caught.value.code == "no-program"


async def test_what_cannot_be_executed_is_said(runner, place):
    (place.directory / "text").write_text("no program")
    with pytest.raises(InputError) as caught:
        await runner.execute(place, ["./text"])
    assert caught.value.code == "bad-program"
    with pytest.raises(InputError):
        await runner.execute(place, ["echo", "a\0b"])


async def test_a_directory_that_is_gone_is_said(runner, place):
    place.directory.rmdir()
    with pytest.raises(Unavailable):
        await runner.execute(place, ["true"])


TREE = """
trap '' TERM
echo $$ > a.pid
setsid sh -c 'trap "" TERM; echo $$ > b.pid; exec sleep 1000' &
(setsid setsid sh -c 'trap "" TERM; echo $$ > c.pid; exec sleep 1000' >/dev/null 2>&1 &)
while true; do sleep 1; done
"""


async def test_a_timeout_ends_the_whole_stubborn_tree(runner, place):
    done = await runner.execute(place, ["sh", "-c", TREE], timeout_seconds=1.0)
    assert done.timed_out
    assert done.exit_code == -9
    pids = pids_in(place.directory)
    assert len(pids) == 3
    assert not any(is_alive(pid) for pid in pids)


async def test_cancellation_ends_the_whole_tree(runner, place):
    async with trio.open_nursery() as nursery:
        nursery.start_soon(runner.execute, place, ["sh", "-c", TREE])
        await wait_for(lambda: len(pids_in(place.directory)) == 3)
        nursery.cancel_scope.cancel()
    assert not any(is_alive(pid) for pid in pids_in(place.directory))


async def test_a_process_may_end_in_grace_and_its_last_words_are_heard(runner, place):
    heard = []
    farewell = 'head -c 300000 /dev/zero | tr "\\0" x; echo farewell; exit 0'
    script = f"trap '{farewell}' TERM; echo on; while :; do sleep 0.05; done"
    async with trio.open_nursery() as nursery:

        async def run():
            await runner.execute(place, ["sh", "-c", script], on_output=heard.append)

        nursery.start_soon(run)
        await wait_for(lambda: heard)
        nursery.cancel_scope.cancel()
    assert b"".join(heard).endswith(b"x" * 1000 + b"farewell\n")


async def test_a_stopped_process_ends_too(runner, place):
    done = await runner.execute(place, ["sh", "-c", "kill -STOP $$"], timeout_seconds=0.2)
    assert done.timed_out
    assert done.exit_code == -signal.SIGTERM


async def test_what_stays_in_the_background_is_ended(runner, place):
    done = await runner.execute(
        place,
        [
            "sh",
            "-c",
            "sleep 1000 & echo $! > a.pid; (setsid sleep 1000 >/dev/null 2>&1 & echo $! > b.pid); echo done",
        ],
    )
    assert (done.exit_code, done.output, done.timed_out) == (0, b"done\n", False)
    assert not any(is_alive(pid) for pid in pids_in(place.directory))


async def test_what_ends_by_itself_in_the_background_may_finish(runner, place):
    done = await runner.execute(place, ["sh", "-c", "(sleep 0.1; echo late) & echo early"])
    assert done.output == b"early\nlate\n"


async def test_a_fork_bomb_is_ended(runner, place):
    inner = "for j in 1 2 3 4 5; do setsid sleep 1000 & done; sleep 1000"
    bomb = f"trap '' TERM; for i in 1 2 3 4 5 6 7 8; do ({inner}) & done; wait"
    done = await runner.execute(place, ["sh", "-c", bomb], timeout_seconds=0.3)
    assert done.timed_out
    # By the whole mark: other runners, in tests that run beside this one, have a run of the same name.
    mark = f"{runner._prefix}{place.area.run_id}/{place.area.task_id}/1"
    assert not [pid for pid in process_ids() if read_mark(pid) == mark]


async def test_nothing_leaks_and_no_zombie_stays(runner, place):
    await runner.execute(place, ["true"])
    before = set(os.listdir("/proc/self/fd"))
    for _ in range(20):
        await runner.execute(place, ["sh", "-c", "sleep 0 & true"], stdin=b"x")
    await runner.execute(place, ["sleep", "100"], timeout_seconds=0.01)
    assert set(os.listdir("/proc/self/fd")) == before
    children = subprocess.run(
        ["ps", "-o", "stat,args", "--ppid", str(os.getpid())], capture_output=True, text=True, check=True
    ).stdout
    assert not [line for line in children.splitlines() if line.startswith("Z")]


async def test_an_error_in_the_listener_ends_the_process(runner, place):
    def refuse(_data):
        raise RuntimeError("the listener is broken")

    with pytest.raises(BaseExceptionGroup) as caught:
        await runner.execute(place, ["sh", "-c", "echo $$ > a.pid; echo x; sleep 1000"], on_output=refuse)
    assert caught.group_contains(RuntimeError)
    assert not any(is_alive(pid) for pid in pids_in(place.directory))


KILLED = """
import sys, trio
from pathlib import Path
from mosaic_hookspecs import WorkspaceRequest
from mosaic_workspaces.area import create_area
from mosaic_workspaces.configuration import Config
from mosaic_workspaces.process import Place, ProcessRunner
state = Path(sys.argv[1])
area = create_area(state / "workspaces", WorkspaceRequest(run_id="run", task_id="orphan", token=3))
area.work.mkdir()
runner = ProcessRunner(Config(), state, None)
trio.run(runner.execute, Place(area=area, directory=area.work), ["sh", "-c", sys.argv[2]])
"""


async def test_everything_dies_when_mosaic_is_killed(state):
    work = state / "workspaces" / "run" / "orphan-3" / "work"
    mosaic = subprocess.Popen([sys.executable, "-c", textwrap.dedent(KILLED), str(state), TREE])
    try:
        await wait_for(lambda: work.is_dir() and len(pids_in(work)) == 3, 20)
    finally:
        mosaic.kill()
        mosaic.wait()
    await wait_for(lambda: not any(is_alive(pid) for pid in pids_in(work)))


async def test_many_at_once(runner, place):
    codes = []

    async def run(number):
        done = await runner.execute(place, ["sh", "-c", f"sleep 0.0{number % 10}; exit {number}"])
        codes.append(done.exit_code)

    async with trio.open_nursery() as nursery:
        for number in range(40):
            nursery.start_soon(run, number)
    assert sorted(codes) == list(range(40))
