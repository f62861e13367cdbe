"""The terminals: commands inside the workspace, bounded, granted by the policy, gone with the attempt."""

from mosaic_acp.permissions import Permissions


def ask(method, **params):
    return {"ask": {f"terminal/{method}": params}}


THERE = {"terminalId": "$TERMINAL"}
ANY = Permissions(commands=("*",))


async def test_a_command_runs_in_the_workspace(place):
    await place.attempt(
        ask(
            "create",
            command="sh",
            args=["-c", "pwd; echo $WORD; exit 3"],
            cwd="$CWD/sub",
            env=_env(WORD="said"),
        ),
        ask("wait_for_exit", **THERE),
        ask("output", **THERE),
        ask("release", **THERE),
        ask("output", **THERE),
        permissions=ANY,
        files={"sub/a.txt": ""},
    )
    assert place.answers("terminal/wait_for_exit") == [{"exitCode": 3, "signal": None}]
    shown, gone = place.answers("terminal/output")
    assert shown["output"].endswith("/sub\nsaid\n")
    assert shown["truncated"] is False
    assert shown["exitStatus"] == {"exitCode": 3, "signal": None}
    assert gone["code"] == -32002


def _env(**variables):
    return [{"name": name, "value": value} for name, value in variables.items()]


async def test_a_whole_line_as_command_and_one_that_is_missing(place):
    await place.attempt(
        ask("create", command="echo one && echo two"),
        ask("wait_for_exit", **THERE),
        ask("output", **THERE),
        ask("create", command="no-such-program-here"),
        ask("wait_for_exit", **THERE),
        ask("output", **THERE),
        permissions=ANY,
    )
    assert place.answers("terminal/output")[0]["output"] == "one\ntwo\n"
    assert "no-program" in place.answers("terminal/output")[1]["output"]
    assert place.answers("terminal/wait_for_exit")[1]["exitCode"] == 127


async def test_output_is_bounded_at_whole_characters(place):
    await place.attempt(
        ask("create", command="sh", args=["-c", "printf 'ä%.0s' $(seq 1 300000)"], outputByteLimit=7),
        ask("wait_for_exit", **THERE),
        ask("output", **THERE),
        ask("create", command="sh", args=["-c", "yes | head -c 5000000"], outputByteLimit=99_000_000),
        ask("wait_for_exit", **THERE),
        ask("output", **THERE),
        permissions=ANY,
    )
    small, large = place.answers("terminal/output")
    assert (small["output"], small["truncated"]) == ("äää", True)
    assert len(large["output"]) == 256 * 1024


async def test_a_command_is_killed_and_keeps_its_output(place):
    await place.attempt(
        ask("create", command="sh", args=["-c", "echo on; kill -9 $$"]),
        ask("wait_for_exit", **THERE),
        ask("create", command="sh", args=["-c", "sleep 1000"]),
        ask("kill", **THERE),
        ask("output", **THERE),
        ask("create", command="sleep", args=["1000"]),
        {"say": "Left running."},
        permissions=ANY,
    )
    assert place.answers("terminal/wait_for_exit") == [{"exitCode": None, "signal": "SIGKILL"}]
    assert place.answers("terminal/output")[0]["exitStatus"] == {"exitCode": None, "signal": "SIGTERM"}


async def test_commands_pass_the_gate(place, tmp_path):
    await place.attempt(
        ask("create", command="rm", args=["-rf", "."]),
        ask("create", command="echo", args=["hello"]),
        ask("create", command="echo", args=["hello"], cwd=str(tmp_path)),
        ask("create", command="cat", args=["/etc/passwd"]),
        {"permission": {"kind": "execute", "rawInput": {"command": ["bash", "-lc", "touch granted"]}}},
        ask("create", command="touch granted"),
        permissions=Permissions(commands=("echo", "cat"), ask_seconds=0),
    )
    answers = place.answers("terminal/create")
    assert [answer.get("code") for answer in answers] == [-32010, None, -32010, -32010, -32010]
    assert "is not on the list" in answers[0]["message"]
    assert "outside of the workspace" in answers[2]["message"]


async def test_what_a_person_granted_is_not_asked_again(place):
    asked = []

    async def answer(question):
        asked.append(question)
        return _Answer(answer="Yes", by="ada")

    await place.attempt(
        {"permission": {"kind": "execute", "title": "touch it", "rawInput": {"command": "touch granted"}}},
        ask("create", command="touch granted"),
        ask("wait_for_exit", **THERE),
        operations={"inbox.ask": answer},
    )
    assert place.files == {"granted": ""}
    assert len(asked) == 1
    assert asked[0]["options"] == ["Always", "Yes", "No"]
    assert asked[0]["kind"] == "permission"
    assert (asked[0]["run_id"], asked[0]["task_id"], asked[0]["wait_seconds"]) == ("run", "task", 900.0)
    assert "Command: touch granted" in asked[0]["text"]
    assert "· Yes: touch it (ada answered Yes.)" in place.text


async def test_what_a_person_refused_is_not_granted(place):
    async def answer(question):
        return _Answer(answer="No" if "No" in question["options"] else "Deny")

    await place.attempt(
        {"permission": {"kind": "execute", "title": "touch it", "rawInput": {"command": "touch refused"}}},
        ask("create", command="touch refused"),
        operations={"inbox.ask": answer},
    )
    assert place.files == {}
    assert place.answers("terminal/create")[0]["code"] == -32010


async def test_a_person_may_refuse(place):
    async def answer(question):
        return _Answer(answer="Deny" if "Deny" in question["options"] else "No", comment="Not today.")

    await place.attempt(
        {"permission": {"kind": "fetch", "title": "https://example.org"}},
        ask("create", command="curl", args=["https://example.org"]),
        operations={"inbox.ask": answer},
    )
    assert place.answers("session/request_permission") == [
        {"outcome": {"outcome": "selected", "optionId": "no"}}
    ]
    assert "a person answered Deny. Not today." in place.answers("terminal/create")[0]["message"]


class _Answer:
    def __init__(self, answer, comment="", by=""):
        self.answer, self.comment, self.by = answer, comment, by
