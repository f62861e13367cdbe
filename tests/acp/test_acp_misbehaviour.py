"""An agent that does everything wrong: nothing leaves the workspace, nothing hangs, nothing stays behind."""

import json
import sys
from pathlib import Path

import pytest
import trio

from mosaic_hookspecs import Unavailable


def is_alive(pid):
    try:
        return b"sleep" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


async def test_one_that_dies_in_the_middle_says_its_last_words(place):
    result = await place.attempt({"write": {"a.txt": "half"}}, {"error": "out of memory"}, {"exit": 7})
    assert (result.outcome, result.exit_code) == ("failed", 7)
    assert result.summary == "the agent ended in the middle of its turn: exit code 7: out of memory"


async def test_one_that_cannot_begin_is_refused_in_words(place):
    hello = {"session": {"oops": 1}}
    with pytest.raises(Unavailable) as caught:
        await place.attempt(hello=hello, environment={"FAKE_HELLO": "this is no JSON"})
    assert caught.value.code == "agent-does-not-begin"
    assert "exit code 1: " in caught.value.got
    assert "by hand" in caught.value.hint


async def test_one_that_never_opens_a_session_is_given_up(place):
    command = (sys.executable, "-c", "import time; time.sleep(1000)")
    with pytest.raises(Unavailable) as caught:
        await place.attempt(command=command, config={"start_seconds": 0.3})
    assert caught.value.got == "no session within 0.3 seconds"


async def test_noise_malformed_messages_and_floods_break_nothing(place):
    result = await place.attempt(
        {"raw": "Welcome to the agent!\n"},
        {"raw": '{"jsonrpc": "2.0", "id": \n'},
        {"raw": "[1, 2, 3]\n\n"},
        {"raw": '{"jsonrpc": "2.0", "id": 999, "result": {}}\n'},
        {"raw": '{"jsonrpc": "2.0", "id": "x", "error": "no object"}\n'},
        {"raw": '{"jsonrpc": "2.0", "method": "session/update", "params": [1]}\n'},
        {"raw": '{"jsonrpc": "2.0", "method": "session/update", "params": {"sessionId": "other"}}\n'},
        {"raw": "[" * 100_000 + "\n"},
        {"update": {"sessionUpdate": "of a later version", "content": 5}},
        {"update": {"sessionUpdate": "plan", "entries": "none"}},
        {"update": {"sessionUpdate": "tool_call", "toolCallId": 7, "locations": [None, {"path": 3}]}},
        {"flood": 2000},
        {"say": "\x1b]0;title\x07\x1b[31mred\x1b[0m\ufffd\nDone."},
    )
    assert (result.outcome, result.summary) == ("succeeded", "Done.")
    assert "Welcome to the agent!\n" in place.text
    assert "1999 xxx" in place.text
    assert "\x1b" not in place.text
    assert "red\ufffd\nDone." in place.text


async def test_a_message_without_end_ends_the_agent(place):
    result = await place.attempt({"huge": 3_000_000}, config={"longest_message": 1_000_000})
    assert result.outcome == "failed"
    assert "a message of more than 1000000 bytes" in result.summary


async def test_a_hung_agent_is_ended_with_its_children(place):
    with trio.fail_after(20):
        result = await place.attempt(
            {"child": ["sleep", "1000"]}, {"hang": 1000}, config={"silence_seconds": 0.3, "cancel_seconds": 0.1}
        )
    assert (result.outcome, result.summary) == ("failed", "the agent was silent for 0.3 seconds")
    [child] = [message for who, message in place.said() if who == "child"]
    assert not is_alive(child)


async def test_a_command_that_takes_long_is_no_silence(place):
    from mosaic_acp.permissions import Permissions

    result = await place.attempt(
        {"ask": {"terminal/create": {"command": "sleep", "args": ["0.6"]}}},
        {"ask": {"terminal/wait_for_exit": {"terminalId": "$TERMINAL"}}},
        {"say": "Done."},
        config={"silence_seconds": 0.3},
        permissions=Permissions(commands=("sleep",)),
    )
    assert result.outcome == "succeeded"


async def test_cancellation_tells_the_agent_and_waits_no_longer_than_said(place):
    steps = [{"child": ["sleep", "1000"]}, {"say": "begun.\n"}, {"until_cancelled": "cancelled"}]
    await _cancelled(place, steps)
    assert place.asked("session/cancel")
    [child] = [message for who, message in place.said() if who == "child"]
    assert not is_alive(child)


async def test_late_updates_and_questions_after_cancel_are_harmless(place):
    late = [
        {"say": "still here"},
        {"ask": {"fs/write_text_file": {"path": "$CWD/late.txt", "content": "late"}}},
        {"permission": {"kind": "edit", "locations": [{"path": "$CWD/late.txt"}]}},
        {"hang": 1000},
    ]
    await _cancelled(place, [{"say": "begun.\n"}, {"after_cancel": late}], cancel_seconds=1.0)
    assert place.answers("fs/write_text_file") == [{"code": -32800, "message": "the attempt was cancelled"}]
    assert place.answers("session/request_permission") == [{"outcome": {"outcome": "cancelled"}}]
    assert place.files == {}


async def test_a_question_to_a_person_is_withdrawn_when_cancelled(place):
    asked = trio.Event()

    async def ask(_):
        asked.set()
        await trio.sleep_forever()

    steps = [{"permission": {"kind": "fetch", "title": "https://example.org"}}, {"hang": 1000}]
    await _cancelled(place, steps, until=asked, operations={"inbox.ask": ask}, cancel_seconds=0.3)
    assert place.answers("session/request_permission") == [{"outcome": {"outcome": "cancelled"}}]


async def _cancelled(place, steps, *, until=None, cancel_seconds=0.5, **options):
    async with place.agent(steps, config={"cancel_seconds": cancel_seconds}, **options) as run:
        with trio.fail_after(20):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(run)
                if until is not None:
                    await until.wait()
                while until is None and b"begun" not in place.journal.written:  # noqa: ASYNC110 - it has no event
                    await trio.sleep(0.01)
                nursery.cancel_scope.cancel()


async def test_what_lies_outside_is_out_of_reach(place, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("a secret of the user's")
    ways = [
        "../../secret.txt",
        str(secret),
        "~/secret.txt",
        "link",
        "folder/secret.txt",
        "\0",
        "",
        "/etc/passwd",
    ]
    steps = [{"link": {"link": str(secret), "folder": str(tmp_path), "loop": "loop", "inside": "a.txt"}}]
    for way in ways:
        steps += [
            {"ask": {"fs/read_text_file": {"path": way}}},
            {"ask": {"fs/write_text_file": {"path": way, "content": "spoilt"}}},
        ]
    steps += [
        {"ask": {"fs/write_text_file": {"path": "folder/new/deep.txt", "content": "spoilt"}}},
        {"ask": {"fs/write_text_file": {"path": ".git", "content": "gitdir: /elsewhere"}}},
        {"ask": {"fs/write_text_file": {"path": "sub/.git/hooks/pre-commit", "content": "#!/bin/sh"}}},
        {"ask": {"fs/read_text_file": {"path": "loop"}}},
        {"ask": {"fs/read_text_file": {"path": "inside"}}},
        {"ask": {"fs/write_text_file": {"path": "inside", "content": "new"}}},
    ]
    await place.attempt(*steps, files={"a.txt": "old"})
    reads, writes = place.answers("fs/read_text_file"), place.answers("fs/write_text_file")
    assert all("code" in answer for answer in reads[:-1] + writes[:-1]), (reads, writes)
    assert reads[-1] == {"content": "old"}
    assert writes[-1] == {}
    assert secret.read_text() == "a secret of the user's"
    assert not (tmp_path / "new").exists()
    assert place.files["a.txt"] == "new"
    assert set(place.files) <= {"a.txt", "inside", "link", "folder/secret.txt"}
    assert "refused: the path is outside of the workspace" in place.text


async def test_a_second_name_of_a_file_outside_keeps_what_it_had(place, tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("the user's")
    async with place.agent(
        [{"ask": {"fs/write_text_file": {"path": "same.txt", "content": "the agent's"}}}]
    ) as run:
        (place.workspace.path / "same.txt").hardlink_to(outside)
        (place.workspace.path / "run.sh").write_text("#!/bin/sh\n")
        await run()
        assert (place.workspace.path / "same.txt").read_text() == "the agent's"
    assert outside.read_text() == "the user's"


async def test_methods_sessions_and_sizes_that_are_none(place):
    await place.attempt(
        {"ask": {"session/steal": {}}},
        {"ask": {"fs/read_text_file": {"sessionId": "another", "path": "a.txt"}}},
        {"ask": {"fs/read_text_file": {"path": 5}}},
        {"ask": {"fs/read_text_file": {"path": "big.txt"}}},
        {"ask": {"fs/read_text_file": {"path": "none.txt"}}},
        {"ask": {"fs/read_text_file": {"path": "folder"}}},
        {"ask": {"fs/read_text_file": {"path": "lines.txt", "line": 2, "limit": 1}}},
        {"ask": {"fs/write_text_file": {"path": "a.txt"}}},
        {"ask": {"fs/write_text_file": {"path": "folder", "content": "x"}}},
        {"ask": {"fs/write_text_file": {"path": "a.txt", "content": "x" * 200}}},
        {"ask": {"terminal/output": {"terminalId": "terminal-9"}}},
        {"ask": {"terminal/create": {"command": "ls", "args": [5]}}},
        config={"longest_file": 100},
        files={"big.txt": "x" * 101, "folder/x": "x", "lines.txt": "one\ntwo\u2028still two\nthree\n"},
    )
    codes = [
        message["error"]["code"] for who, message in place.said() if who == "client" and "error" in message
    ]
    assert codes == [-32601, -32010, -32602, -32602, -32002, -32602, -32010, -32602, -32602, -32002, -32602]
    assert place.answers("fs/read_text_file")[-1] == {"content": "two\u2028still two\n"}


async def test_too_many_questions_at_once_are_refused_and_the_rest_is_answered(place):
    questions = "".join(
        json.dumps(
            {
                "jsonrpc": "2.0",
                "id": number,
                "method": "session/request_permission",
                "params": {"sessionId": "$", "toolCall": {}, "options": []},
            }
        )
        + "\n"
        for number in range(1000, 1600)
    )
    result = await place.attempt({"raw": questions}, {"say": "Done."}, {"hang": 0.3})
    assert result.outcome == "succeeded"
