"""A child that misbehaves is contained, with words that say what it did."""

import io
import os
from pathlib import Path

import pytest
import trio
from remote_opening import restarted, subject, subject_kernel

from mosaic_hookspecs import MosaicError, Unavailable

HERE = Path(__file__).parent


def rogue(tmp_path, mode, log=None, **settings):
    listing = subject(
        "nothing:Nothing", provides=(), directory=HERE, argv=("{python}", "remote_rogue.py", mode)
    )
    return subject_kernel(tmp_path, listing, log=log, **{"kernel.answer_seconds": 1.0, **settings})


async def act(kernel):
    return (await kernel.dispatch("rogue.act")).text


async def test_a_child_without_mosaic_is_a_plugin(tmp_path):
    async with rogue(tmp_path, "well") as kernel:
        assert await act(kernel) == "well"
        report = await kernel.dispatch("doctor.check")
        assert all(check.state != "ill" for check in report.checks if "subject" in str(check))


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("garbage", "said something else than the protocol; .*Listening on port 8080"),
        ("long-line", "said something else than the protocol; expected at most 33554432 bytes"),
        ("half-message", "broke off in the middle of a message|exit code 0"),
        ("bad-error-shape", "said something else than the protocol"),
        ("closes-output", "has ended; got signal SIGKILL"),
        ("leaves-a-child", "has ended; got exit code 4"),
    ],
)
async def test_it_ends_and_is_restarted(tmp_path, mode, words):
    async with rogue(tmp_path, mode) as kernel:
        with trio.fail_after(20), pytest.raises(Unavailable, match=words):
            await act(kernel)
        await restarted(kernel, 2)


@pytest.mark.parametrize(
    ("mode", "code"),
    [("wrong-output", "bad-answer"), ("no-output", "bad-answer"), ("bad-error", "operation-failed")],
)
async def test_one_call_fails_and_it_serves_on(tmp_path, mode, code):
    async with rogue(tmp_path, mode) as kernel:
        for _ in range(2):
            with pytest.raises(Unavailable) as caught:
                await act(kernel)
            assert caught.value.code == code
        assert kernel.runtime.slots["subject"].generations == 1


async def test_a_second_answer_is_passed_over(tmp_path):
    log = io.StringIO()
    async with rogue(tmp_path, "twice", log) as kernel:
        assert [await act(kernel) for _ in range(3)] == ["first"] * 3
    assert "process.unknown_answer" in log.getvalue()


async def test_answers_and_requests_from_nowhere_are_passed_over(tmp_path):
    log = io.StringIO()
    async with rogue(tmp_path, "unknown-id", log) as kernel:
        assert await act(kernel) == "still here"
    for event in ("unknown_answer", "did_not_understand", "unknown_notification", "bad_notification"):
        assert f"process.{event}" in log.getvalue()


async def test_one_that_never_answers_is_the_callers_to_leave(tmp_path):
    async with rogue(tmp_path, "deaf", **{"kernel.stop_seconds": 1.0, "kernel.drain_seconds": 0.1}) as kernel:
        with trio.move_on_after(0.3) as scope:
            await act(kernel)
        assert scope.cancelled_caught


@pytest.mark.parametrize(
    ("mode", "code", "words"),
    [
        ("silent", "no-handshake", "did not shake hands.*I say nothing"),
        ("dies-at-once", "plugin-process-ended", "exit code 1; it said: no such library"),
        ("greets", "plugin-protocol", "Welcome to the plugin!"),
        ("newer-protocol", "protocol-mismatch", r"protocol 1\.0.*got protocol 2\.0.*Upgrade mosaic-stack"),
        ("newer-hooks", "protocol-mismatch", r"hooks 1\.2.*got hooks 1\.99.*Upgrade mosaic-stack"),
        ("odd-handshake", "bad-answer", "hello"),
        ("odd-operations", "bad-answer", "mosaic_operations answers with a list"),
        ("bad-schema", "bad-schema", "the input of rogue.act"),
    ],
)
async def test_a_handshake_that_fails_is_told(tmp_path, mode, code, words):
    start_seconds = 2.0 if mode == "silent" else 30.0  # what is waited for to its end is short
    with trio.fail_after(60), pytest.raises(MosaicError, match=words) as caught:
        async with rogue(tmp_path, mode, **{"kernel.start_seconds": start_seconds, "kernel.stop_seconds": 1.0}):
            pass
    assert caught.value.code == code


async def test_a_program_that_is_not_there(tmp_path):
    listing = subject("nothing:Nothing", provides=(), directory=HERE, argv=("no-such-program",))
    with pytest.raises(Unavailable, match="no-such-program: No such file"):
        async with subject_kernel(tmp_path, listing):
            pass


async def test_a_plugin_that_cannot_be_imported(tmp_path):
    with pytest.raises(Unavailable, match="cannot be imported") as caught:
        async with subject_kernel(tmp_path, subject("remote_nowhere:Plugin", provides=())):
            pass
    assert caught.value.code == "import-failed"


async def test_one_that_does_not_leave_is_killed(tmp_path):
    start = trio.current_time()
    async with rogue(tmp_path, "stays", **{"kernel.stop_seconds": 1.0}) as kernel:
        pid = kernel.runtime.slots["subject"].generation.instance.link.pid
        start = trio.current_time()
    assert trio.current_time() - start < 5
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
