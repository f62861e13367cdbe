# ruff: noqa: ASYNC221 - a test may block its own loop, and look at what has no event
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_command.agent import CommandAgent
from mosaic_command.outputs import read_outputs
from mosaic_hookspecs import AgentOffer, Assignment, Completed, InputError, TaskSpec


class RecordingJournal:
    def __init__(self):
        self.heard = b""

    def output(self, data):
        self.heard += data

    def usage(self, usage):
        raise AssertionError("a command spends nothing")


class PlainWorkspace:
    """A workspace after the contract, as small as it can be."""

    def __init__(self, path):
        self.path = Path(path)

    async def execute(self, argv, *, environment=None, stdin=b"", timeout_seconds=None, on_output=None):
        done = subprocess.run(
            argv,
            cwd=self.path,
            env={"PATH": os.environ["PATH"], **(environment or {})},
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        if on_output is not None:
            on_output(done.stdout)
        return Completed(exit_code=done.returncode, output=done.stdout, duration_seconds=0.0)


def assignment_of(work, workspace=None, **facts):
    spec = TaskSpec(task_id="T.001", title="Print it", runtime="command", work=work)
    facts = {"run_id": "run", "token": 3, "attempt": 2, "journal": RecordingJournal(), **facts}
    return Assignment(spec=spec, workspace=workspace, **facts)


async def run(work, tmp_path, **facts):
    return await CommandAgent().run(assignment_of(work, PlainWorkspace(tmp_path), **facts))


def test_offers_only_itself():
    offer = CommandAgent().offer
    assert offer == AgentOffer(name="command")
    assert offer.takes("command", frozenset())
    assert not offer.takes("", frozenset({"python"}))


async def test_runs_a_shell_line(tmp_path):
    journal = RecordingJournal()
    result = await run({"run": "echo one; false; echo two"}, tmp_path, journal=journal)
    assert (result.outcome, result.exit_code, result.summary) == ("failed", 1, "exit code 1: one")
    assert journal.heard == b"one\n"


async def test_runs_bash_where_it_is_asked_for(tmp_path):
    result = await run({"run": "false | true; echo no", "shell": "bash"}, tmp_path)
    assert result.outcome == "failed"
    result = await run({"run": "a=(1 2); echo ${#a[@]}", "shell": "bash"}, tmp_path)
    assert result.summary == "2"


async def test_runs_a_list_with_the_interpreter_and_numbers(tmp_path):
    result = await run(
        {"argv": ["{python}", "-c", "import sys; print(sys.executable, *sys.argv[1:])", 5]}, tmp_path
    )
    assert result.summary == f"{sys.executable} 5"
    result = await run({"run": "{python} -c 'print(7)'"}, tmp_path)
    assert (result.outcome, result.summary) == ("succeeded", "7")


async def test_the_prompt_is_an_argument_or_the_input(tmp_path):
    prompt = "${title} of ${goal} for ${input_who} ($$5, try ${attempt}): ${last_reason}"
    facts = {"goal": "G", "inputs": {"who": "me"}, "last_reason": "it {python} was wrong"}
    expected = "Print it of G for me ($5, try 2): it {python} was wrong"
    result = await run({"argv": ["echo", "{prompt}"], "prompt": prompt}, tmp_path, **facts)
    assert result.summary == expected
    result = await run({"argv": ["cat"], "prompt": prompt}, tmp_path, **facts)
    assert result.summary == expected
    result = await run({"run": 'echo "$MOSAIC_PROMPT"', "prompt": prompt}, tmp_path, **facts)
    assert result.summary == expected
    injected = await run(
        {"run": "echo {prompt}", "prompt": "'; echo hacked; $(id)'".replace("$", "$$")}, tmp_path
    )
    assert injected.summary == "'; echo hacked; $(id)'"


async def test_variables_come_from_the_run_and_the_task(tmp_path):
    settings = {"environment": {"A": "run", "B": "run"}}
    work = {
        "run": "echo $A $B $C $D $MOSAIC_RUN_ID $MOSAIC_TASK_ID $MOSAIC_ATTEMPT",
        "environment": {"B": "task", "C": 5, "D": True},
    }
    assert (await run(work, tmp_path, settings=settings)).summary == "run task 5 true run T.001 2"


async def test_stdin_and_directory(tmp_path):
    (tmp_path / "-in side").mkdir()
    result = await run({"run": "cat; echo; pwd", "stdin": "hello", "directory": "-in side"}, tmp_path)
    assert result.summary == str(tmp_path / "-in side")


async def test_outputs_are_read_and_their_file_is_gone(tmp_path):
    result = await run(
        {"run": 'echo a=1 >> "$MOSAIC_OUTPUT"; printf "b<<X\\n1\\n2=3\\nX\\n" >> "$MOSAIC_OUTPUT"'}, tmp_path
    )
    assert result.outputs == {"a": "1", "b": "1\n2=3"}
    assert list(tmp_path.iterdir()) == []


async def test_an_output_file_that_is_a_link_is_not_read(tmp_path):
    result = await run({"run": 'ln -sf /etc/passwd "$MOSAIC_OUTPUT"'}, tmp_path)
    assert (result.outcome, result.outputs) == ("succeeded", {})


@pytest.mark.parametrize(
    ("work", "where"),
    [
        ({}, "work"),
        ({"run": "a", "argv": ["a"]}, "work"),
        ({"run": " "}, "work.run"),
        ({"run": 5}, "work.run"),
        ({"run": "a", "shell": "fish"}, "work.shell"),
        ({"argv": "a"}, "work.argv"),
        ({"argv": []}, "work.argv"),
        ({"argv": ["a", None]}, "work.argv[1]"),
        ({"argv": ["a"], "shell": "sh"}, "work.shell"),
        ({"run": "a", "environment": 5}, "work.environment"),
        ({"run": "a", "environment": {"A=B": "x"}}, "work.environment"),
        ({"run": "a", "environment": {"A": [1]}}, "work.environment.A"),
        ({"run": "a", "prompt": "${nothing}"}, "work.prompt"),
        ({"run": "a", "prompt": "$ "}, "work.prompt"),
        ({"run": "a", "prompt": 5}, "work.prompt"),
        ({"run": "a", "stdin": 5}, "work.stdin"),
        ({"run": "a", "directory": "../up"}, "work.directory"),
        ({"run": "a", "directory": "/abs"}, "work.directory"),
        ({"run": "a", "directory": "missing"}, "work.directory"),
        ({"run": "a", "directory": 5}, "work.directory"),
        ({"run": "a", "enviroment": {}}, "work.enviroment"),
        ({"run": "echo nonsense > $MOSAIC_OUTPUT"}, "$MOSAIC_OUTPUT:1"),
        ({"run": "echo 'a<<X' > $MOSAIC_OUTPUT"}, "$MOSAIC_OUTPUT:1"),
        ({"run": "head -c 2000000 /dev/zero > $MOSAIC_OUTPUT"}, "$MOSAIC_OUTPUT"),
    ],
)
async def test_what_is_no_command_is_said_with_its_place(tmp_path, work, where):
    with pytest.raises(InputError) as caught:
        await run(work, tmp_path)
    assert str(caught.value.where) == where


async def test_a_directory_that_is_a_link_out_is_refused(tmp_path):
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "out").symlink_to(tmp_path)
    with pytest.raises(InputError):
        await run({"run": "pwd", "directory": "out"}, tmp_path / "work")


class DirectoryPort:
    """A port with a provider of directories."""

    def __init__(self, path):
        self.path = path
        self.requests = []

    def get(self, name):
        assert name == "directory"
        return self

    @asynccontextmanager
    async def open(self, request):
        self.requests.append(request)
        yield PlainWorkspace(self.path)


async def test_a_task_without_a_workspace_runs_in_a_passing_directory(tmp_path):
    port = DirectoryPort(tmp_path)
    result = await CommandAgent(port).run(assignment_of({"run": "pwd"}))
    assert result.summary == str(tmp_path)
    assert (port.requests[0].run_id, port.requests[0].task_id, port.requests[0].token) == ("run", "T.001", 3)
    with pytest.raises(InputError) as caught:
        await CommandAgent().run(assignment_of({"run": "pwd"}))
    assert caught.value.code == "no-workspace"


@given(
    st.dictionaries(
        st.from_regex(r"[A-Za-z_][\w.-]{0,9}", fullmatch=True).filter(str.isascii),
        st.text("abc=<\t ü", max_size=20),
    )
)
def test_outputs_of_one_line_come_back(outputs):
    text = "".join(f"{name}={value}\n" for name, value in outputs.items())
    assert read_outputs(text.encode()) == outputs


async def test_no_link_in_the_repository_leads_the_outputs_out_of_it(tmp_path):
    inside, outside = tmp_path / "work", tmp_path / "outside"
    inside.mkdir()
    for token in range(10):
        (inside / f".mosaic-output-{token}").symlink_to(outside)
    result = await run({"run": 'echo name=value > "$MOSAIC_OUTPUT"'}, inside)
    assert result.outputs == {"name": "value"}
    assert not outside.exists()
    assert len(list(inside.iterdir())) == 10
