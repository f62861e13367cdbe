"""What an agent may run, and what it is told of it."""

import pytest
from loop_models import agent, assignment, attempt, finish, use

from mosaic_hookspecs import Completed
from mosaic_testing.agents import PlainWorkspace


class Recorder(PlainWorkspace):
    """Remembers what was to be run."""

    def __init__(self, path, completed=None):
        super().__init__(path)
        self.argvs = []
        self.completed = completed or Completed(exit_code=0, output=b"", duration_seconds=0.1)

    async def execute(self, argv, **more):
        self.argvs.append(argv)
        return self.completed


async def run(directory, command, completed=None, **settings):
    """Have the model run a command; return what would be run, and what it is told."""
    from loop_models import Model

    workspace = Recorder(directory, completed)
    model = Model(use(("run", {"command": command})), finish())
    made, _ = agent(model, **settings)
    await made.run(assignment(directory, workspace=workspace))
    return workspace.argvs, model.told[0]


ALLOWED = ["pytest", "npm test", "git status", "git commit"]
TABLE = [
    ("pytest -q", ["pytest", "-q"]),
    ("pytest 'a b'", ["pytest", "a b"]),
    ("npm test -- --watch=false", ["npm", "test", "--", "--watch=false"]),
    ("pytest 'a;b|c>d&e'", ["pytest", "a;b|c>d&e"]),
    (
        "npm install evil",
        "'npm' is not allowed here; allowed are commands that begin with: pytest, npm test, git",
    ),
    ("npm", "is not allowed here"),
    ("pytest2", "is not allowed here"),
    ("/usr/bin/pytest", "is not allowed here"),
    ("./pytest", "is not allowed here"),
    ("git commit -m x", "'git commit' is not allowed here; what you leave in the files is taken as it is"),
    ("pytest; rm -rf /", "there is no shell here"),
    ("pytest && rm -rf /", "there is no shell here"),
    ("pytest&rm -rf /", "there is no shell here"),
    ("pytest | sh", "there is no shell here"),
    ("pytest > /etc/passwd", "there is no shell here"),
    ("pytest\nrm -rf /", "there is no shell here"),
    ("(rm -rf /)", "there is no shell here"),
    ("PYTHONPATH=x pytest", "is not allowed here"),
    ("env pytest", "is not allowed here"),
    ("pytest 'unclosed", "are the quotation marks closed?"),
    ("", "that is no command"),
    ("pytest\0", "that is no command"),
    ("x" * 30_000, "that is no command"),
]


@pytest.mark.parametrize(("command", "expected"), TABLE)
async def test_only_what_is_allowed_is_run_and_without_a_shell(tmp_path, command, expected):
    argvs, told = await run(tmp_path, command, commands=ALLOWED)
    if isinstance(expected, list):
        assert argvs == [expected]
    else:
        assert argvs == []
        assert expected in told


@pytest.mark.parametrize("command", ["pytest $(rm -rf /)", "pytest `rm -rf /`", "pytest $HOME"])
async def test_without_a_shell_nothing_is_expanded(tmp_path, command):
    argvs, told = await run(tmp_path, command, commands=ALLOWED)
    assert all(argv[0] == "pytest" and "sh" not in argv for argv in argvs)
    assert argvs or "no shell" in told


@pytest.mark.parametrize(
    ("command", "is_run"),
    [
        ("ls -la | wc -l", True),
        ("cd src && git status", True),
        ("git commit -m x", False),
        ("true; git push", False),
        ("true && sudo ls", False),
        ("(sudo ls)", False),
        ("true\nsudo ls", False),
        ("echo 'git push'", True),
    ],
)
async def test_with_a_star_a_shell_runs_all_but_what_is_denied(tmp_path, command, is_run):
    argvs, told = await run(tmp_path, command, commands=["*"])
    assert argvs == ([["/bin/sh", "-c", command]] if is_run else [])
    assert is_run or "is not allowed here" in told


@pytest.mark.parametrize(
    ("completed", "words"),
    [
        ({"exit_code": 0, "output": b"ok"}, "exit code 0\nok"),
        ({"exit_code": 3, "output": b""}, "exit code 3"),
        ({"exit_code": -9, "output": b""}, "it was ended by signal 9"),
        ({"exit_code": -15, "output": b"", "timed_out": True}, "it took longer than 7 s and was ended"),
        ({"exit_code": 0, "output": b"x" * 100_000}, "84001 characters left out"),
    ],
)
async def test_how_it_ended_is_told_and_bounded(tmp_path, completed, words):
    made = Completed(duration_seconds=0.1, **completed)
    _, told = await run(tmp_path, "pytest", made, commands=ALLOWED, command_seconds=7.0)
    assert words in told
    assert len(told) < 17_000


async def test_it_is_really_run_in_the_workspace(tmp_path):
    (tmp_path / "hello.txt").write_text("hi")
    _, model, journal = await attempt(
        tmp_path, use(("run", {"command": "cat hello.txt"})), finish(), commands=["cat"]
    )
    assert model.told[0] == "exit code 0\nhi"
    assert b"\xe2\x86\x92 run command=cat hello.txt" in journal.written


async def test_without_commands_there_is_no_such_tool(tmp_path):
    _, model, _ = await attempt(tmp_path, finish())
    assert "run" not in {tool.name for tool in model.requests[0].tools}
