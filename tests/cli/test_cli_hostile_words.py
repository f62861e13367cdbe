"""What agents and plugins say reaches a terminal as text: no sequence of theirs is obeyed by it.

Every command is run on answers in which each text is hostile, made of the records that operations answer with.
"""

import enum
import io
import json
import re
import types
import typing
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, Literal, Union, get_args, get_origin

import attrs
import click
import pytest
import trio
from rich.console import Console

from mosaic_cli import asking, change_commands
from mosaic_cli.dev_log import DevLog
from mosaic_cli.failures import report
from mosaic_cli.live_view import RunPicture
from mosaic_cli.main import main, mosaic
from mosaic_cli.plain_view import print_line
from mosaic_cli.progress import Progress, TaskLine
from mosaic_cli.session import Session
from mosaic_cli.summary import print_summary
from mosaic_hookspecs import Location, Refused
from mosaic_kernel import Kernel, to_json_data
from mosaic_kernel.log_lines import LogSink
from mosaic_kernel.system_clock import SystemClock

HOSTILE = (
    "\x1b]0;owned\x07",  # the window's title
    "\x1b]8;;http://evil\x1b\\",  # a link
    "\x1b[2J\x1b[8;33;44m",  # an empty screen, and hidden words
    "\x1bP+q\x1b\\\x1bc",  # a question to the terminal, and its reset
    "\x9b31m\x9d0;owned\x9c",  # the same in one byte each
    "\rover\x08\x7f\x00",
    "\u202egnp.exe\u202c\u2066\u2069\u200f\u061c",  # from right to left
    "\udc9b",  # half a character
)
WORDS = "said" + "".join(HOSTILE) + "end"
OWN = re.compile(r"\x1b\[(?:1;)?[0-9]{1,2}m")
"""Colours of Mosaic's own."""
OBEYED = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
CHOSEN = {"per": "day", "standing": "new"}
"""What a command knows the values of, though its record says text."""
STATES = {"doctor.check": "ill", "plugins.list": "running", "run.show": "active", "run.list": "active"}
PLAN = {
    "mosaic_plan": 1,
    "title": WORDS,
    "nodes": [
        {"node_id": "E.001", "title": WORDS},
        {"node_id": "F.001.01", "title": WORDS, "minutes": 5, "work": {"description": WORDS}},
    ],
}
COMMANDS = {
    "agents": [], "approve": ["t"], "call": ["run.list"], "cancel": ["t"], "config check": [],
    "config reload": [], "config schema": [], "config show": [], "costs": [], "doctor": [],
    "inbox answer": ["i", "yes"], "inbox done": ["i"], "inbox list": [], "inbox show": ["i"],
    "inbox take": ["i"], "log verify": [], "logs": ["t"], "mcp-servers approve": ["s", "--yes"],
    "mcp-servers forget": ["s"], "mcp-servers list": [], "mcp-servers review": ["s"], "messages read": [],
    "messages send": ["a", "b"], "pause": ["r"], "plan check": ["FILE"], "plan export": ["FILE", "--to", "md"],
    "plan formats": [], "plan import": ["FILE"], "plan new": ["--goal", "a shop"], "plan show": ["FILE"],
    "plugins check": ["."], "plugins disable": ["p"], "plugins enable": ["p"], "plugins info": ["p"],
    "plugins list": [], "plugins lock": [], "plugins reload": ["p"], "plugins rescan": [],
    "plugins swap": ["storage", "memory"], "resume": ["r"], "retry": [], "runs": [], "status": [],
    "storage backup": ["new.db"], "storage check": [], "storage info": [], "storage rebuild": [],
    "storage restore": ["FILE", "--yes"], "top": [], "why": ["t"], "workflow check": ["FILE"],
    "workflow schema": [],
}  # fmt: skip
OTHERS = {"completion", "dev", "init", "mcp", "open", "plugins new", "run"}
"""Scripts for a shell, a protocol, files, a link; ``run`` and the log of ``dev`` are looked at below."""


class Terminal(io.StringIO):
    def isatty(self):
        return True


def commands(group=mosaic, path=()):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield " ".join((*path, name)), command


def hostile(kind, *, name="", operation=""):  # noqa: PLR0911 - one for each kind of type
    """Return a value of a type, whose every text is hostile."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind is str or kind is Any or kind is object:
        return STATES.get(operation, WORDS) if name == "state" else CHOSEN.get(name, WORDS)
    if origin in (Union, types.UnionType):
        return hostile(inner[0], name=name, operation=operation)
    if origin is Literal:
        return inner[0]
    if origin is tuple or (isinstance(origin, type) and issubclass(origin, Sequence)):
        return (hostile(inner[0], operation=operation),)
    if isinstance(origin or kind, type) and issubclass(origin or kind, Mapping):
        if name == "plan":
            return PLAN
        values = hostile(inner[1], operation=operation) if inner else WORDS
        return {WORDS: values} if name != "counts" else {"accepted": 1}
    if attrs.has(kind):
        hints = typing.get_type_hints(kind)
        given = {
            field.name: hostile(hints[field.name], name=field.name, operation=operation)
            for field in attrs.fields(kind)
        }
        made = kind.__new__(kind)
        for key, value in given.items():
            object.__setattr__(made, key, value)  # whatever its validators say
        return made
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return next(iter(kind))
    return {bool: True, int: 1, float: 1.0, bytes: WORDS.encode(errors="replace")}.get(kind, WORDS)


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """Return what each operation of the profile answers."""
    operations = {}

    async def look():
        place = tmp_path_factory.mktemp("place")
        async with Kernel(profile="local", directory=place, settings={"ports.storage": "memory"}) as kernel:
            operations.update(kernel.operations())

    trio.run(look)
    return {name: hostile(one.output, operation=name) for name, one in operations.items()}


class Answering:
    """A kernel, or a system that runs, whose every answer is hostile."""

    pid = 1

    def __init__(self, answers):
        self._answers = answers

    async def dispatch(self, name, data=None):
        found = self._answers[name]
        if name == "task.list" and (data or {}).get("after"):
            return attrs.evolve(found, items=())
        return found

    def ask(self, name, *_, **__):
        return to_json_data(self._answers[name])


def run(argv, monkeypatch, answers):
    """Run a command on a terminal; return all that it prints."""
    system = Answering(answers)
    monkeypatch.setattr(Session, "run", lambda _, body, *__, **___: trio.run(body, system))
    monkeypatch.setattr(Session, "read", lambda _, body: trio.run(body, system))
    monkeypatch.setattr(asking, "_systems", lambda *_, **__: [])
    monkeypatch.setattr(change_commands, "_systems", lambda _: [system])
    monkeypatch.setattr("sys.argv", ["mosaic", *argv])
    printed = Terminal()
    with redirect_stdout(printed), redirect_stderr(printed), pytest.raises(SystemExit) as ended:
        main()
    return printed.getvalue(), ended.value.code


def require_inert(text):
    left = OWN.sub("", text)
    assert not OBEYED.search(left), ascii(left)


def test_every_command_is_looked_at():
    assert {name for name, _ in commands()} == COMMANDS.keys() | OTHERS


@pytest.mark.parametrize("name", COMMANDS)
def test_no_words_of_others_are_obeyed_by_a_terminal(name, monkeypatch, answers, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.json").write_text(json.dumps(PLAN))
    given = [str(tmp_path / "plan.json") if word == "FILE" else word for word in COMMANDS[name]]
    takes_json = any("--json" in option.opts for option in dict(commands())[name].params)
    for style in ([], ["--json"])[: 1 + takes_json]:
        text, code = run([*name.split(), *given, *style], monkeypatch, answers)
        assert code in (0, 1, 2, 3), text
        assert "Traceback" not in text
        require_inert(text)


def test_what_a_run_shows_while_it_goes_on_is_inert(capsys):
    progress = Progress(title=WORDS)
    for state in ("leased", "failed", "gated", "delayed", "accepted"):
        said = dict.fromkeys(("title", "reason", "agent"), WORDS)
        line = TaskLine(task_id=f"{state} {WORDS}", state=state, path=(WORDS, WORDS), **said)
        progress.tasks[line.task_id] = line
        progress.hear(line.task_id, WORDS.encode(errors="replace"))
        print_line(progress, line)
    run = dict.fromkeys(("result", "run_id", "title"), WORDS)
    settings = {"repository": WORDS, "branch": WORDS, "workspace": "git", "notice": WORDS}
    print_summary({**run, "counts": {"accepted": 1}, "total": 2, "settings": settings}, 1.0, [WORDS])
    drawn = io.StringIO()
    console = Console(file=drawn, width=200, height=50, no_color=True, force_terminal=False)
    console.print(RunPicture(progress))
    printed = capsys.readouterr().out
    assert printed.count("said") >= 8
    assert drawn.getvalue().count("said") >= 8
    require_inert(printed + drawn.getvalue())


def test_errors_are_inert(capsys):
    where = Location(path=WORDS, line=1)
    refused = Refused("no", WORDS, where=where, expected=WORDS, got=WORDS, hint=WORDS)
    report(ExceptionGroup("", [refused, OSError(1, WORDS, WORDS)]))
    report(click.UsageError(WORDS))
    printed = capsys.readouterr().err
    assert printed.count("said") == 8
    require_inert(printed)


def test_the_logs_of_a_system_and_of_a_project_are_inert(capsys):
    for is_json in (False, True):
        sink = LogSink(SystemClock())
        sink.is_json = is_json
        sink.write("warning", "plugin", "said", {"words": WORDS, "more": [WORDS]})
    DevLog().write(json.dumps({"level": "error", "plugin": "p", "event": "e", "words": WORDS}))
    DevLog(as_json=True).write(json.dumps({"words": WORDS}, ensure_ascii=False) + "\n")
    printed = "".join(capsys.readouterr())
    assert printed.count("said") == 8
    require_inert(printed)
