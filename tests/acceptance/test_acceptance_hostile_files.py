"""Files that are no files, names that want to climb out, and whatever hypothesis thinks of."""

import json
import os
import string
import tempfile
from pathlib import Path

import pytest
from acceptance_place import Place, plan_of
from hypothesis import given, settings
from hypothesis import strategies as st
from test_acceptance_hostile import CONFIGURATIONS, FOREIGN, PLANS, PRDS, WORKFLOWS, refused

CHAOS = int(os.environ.get("MOSAIC_CHAOS", "1"))
COMMANDS = {
    "run": ("run", "{}"),
    "new": ("plan", "new", "{}"),
    "check": ("plan", "check", "{}"),
    "show": ("plan", "show", "{}"),
    "import": ("plan", "import", "{}"),
    "export": ("plan", "export", "{}", "--to", "json"),
    "workflow": ("workflow", "check", "{}"),
}
NO_FILES = [
    "missing",
    "directory",
    "fifo",
    "device",
    "endless",
    "loop",
    "dangling",
    "name-too-long",
    "null-byte",
]


def no_file(place, kind):
    path = place.directory / "target.json"
    if kind == "directory":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/null")
    elif kind == "endless":
        path.symlink_to("/dev/zero")
    elif kind == "loop":
        path.symlink_to(path)
    elif kind == "dangling":
        path.symlink_to(place.directory / "nowhere")
    elif kind == "name-too-long":
        return "x" * 300 + ".json"
    elif kind == "null-byte":
        return "tar\0get.json"
    return "target.json"


@pytest.mark.parametrize("kind", NO_FILES)
@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_no_file_is_refused(place, command, kind):
    target = no_file(place, kind)
    argv = [part.format(target) for part in COMMANDS[command]]
    answer = place.call(*argv).demand(2)
    assert answer.err.startswith("error: "), answer.err
    assert "target.json" in answer.err.replace("\0", "") or "x" * 20 in answer.err, answer.err
    assert len(answer.err) < 5000
    assert place.rows("SELECT run_id FROM runs") == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_refused(place):
    target = place.write("target.json", plan_of({"id": "One"}))
    (place.directory / target).chmod(0)
    assert "Permission denied" in place.call("run", target).demand(2).err
    (place.directory / target).chmod(0o600)
    place.write("mosaic.yaml", "profile: local\n")
    (place.directory / "mosaic.yaml").chmod(0)
    assert "Permission denied" in place.call("runs").demand(2).err


@pytest.mark.parametrize("kind", ["directory", "fifo", "endless", "loop"])
@pytest.mark.parametrize("where", ["project", "user"])
def test_a_configuration_that_is_no_file_is_refused_or_not_looked_at(place, where, kind):
    path = place.directory / "mosaic.yaml"
    if where == "user":
        path = place.home / "config" / "mosaic" / "mosaic.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "directory":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    elif kind == "endless":
        path.symlink_to("/dev/zero")
    else:
        path.symlink_to(path)
    answer = place.run("runs", "--json", seconds=30)
    assert "Traceback" not in answer.err
    assert answer.code in (0, 2)
    if answer.code == 2:
        assert "mosaic.yaml" in answer.err


def test_a_state_directory_that_is_a_file_is_told(place):
    place.write(".mosaic", "in the way")
    answer = place.call("runs")
    assert answer.code in (1, 2)
    assert ".mosaic" in answer.err
    assert "Traceback" not in answer.err


SUBPROCESSES = {  # what stacks and streams of a process of its own might change; the rest is in the other file
    "configuration-deep": ("mosaic.yaml", CONFIGURATIONS["deep"], ("status",)),
    "configuration-latin-1": ("mosaic.yaml", CONFIGURATIONS["latin-1"], ("why", "x")),
    "workflow-expression": ("w.yaml", WORKFLOWS["expression-deep"], ("workflow", "check", "w.yaml")),
    "plan-deep": ("p.json", PLANS["deeper"], ("run", "p.json")),
    "document-binary": ("d.md", PRDS["binary"], ("run", "d.md")),
}


@pytest.mark.parametrize("name", SUBPROCESSES)
def test_the_program_itself_refuses(place, name):
    path, content, argv = SUBPROCESSES[name]
    place.write(path, content)
    answer = place.run(*argv).demand(2)
    if argv[0] != "workflow":
        assert answer.out == ""
        assert path in answer.err
    (place.directory / path).unlink()
    assert place.call("runs", "--json").demand().data == {"items": []}


ESCAPES = [
    "../../out",
    "/tmp/mosaic-escaped",
    "..",
    "a/../../b",
    "~root",
    "$HOME/x",
    "a\nb",
    "-rf",
    "\u202eexe",
    "\x1b[2J",
]


@pytest.mark.parametrize("name", ESCAPES)
def test_names_in_files_stay_words(place, name):
    """Titles, identifiers and packages that look like paths lead nowhere but into the project."""
    inside = {"runtime": "command", "work": {"run": "true"}}
    check = {"checks": [{"name": name, "parameters": {"run": "true"}}]}
    plan = plan_of({"id": name, **inside, **check}, {"id": f"{name} again", **inside, **check}, title=name)
    outside = set(place.directory.parent.iterdir()), set(Path(tempfile.gettempdir()).glob("mosaic-escaped*"))
    answer = place.call("run", place.write("p.json", plan))
    assert answer.code in (0, 2), answer.err
    assert "Traceback" not in answer.err
    place.call(
        "run", place.write("w.yaml", f"name: {json.dumps(name)}\njobs: {{a: {{steps: [{{run: 'true'}}]}}}}\n")
    )
    tasks = {"tasks": [{"id": 1, "title": name, "status": name}, {"id": name, "title": "x"}]}
    place.call("run", place.write("t.json", tasks))
    document = f"# {name}\n\n- As a user, I want to add a {name}\n- As a user, I want to list things\n"
    planned = place.call("plan", "new", place.write("d.md", document))
    assert planned.code in (0, 2)
    for shown in (place.call("runs"), place.call("status", "--all")):
        assert "\x1b" not in shown.out
        assert "\u202e" not in shown.out
    assert (
        set(place.directory.parent.iterdir()),
        set(Path(tempfile.gettempdir()).glob("mosaic-escaped*")),
    ) == outside


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = (
    "mosaic_plan",
    "title",
    "nodes",
    "node_id",
    "minutes",
    "depends_on",
    "work",
    "checks",
    "requirements",
    "tasks",
    "id",
    "dependencies",
    "status",
    "schemaVersion",
    "workflow",
    "specification",
    "jobs",
    "steps",
    "run",
    "needs",
    "kernel",
    "plugins",
    "ports",
    "profile",
    "engine",
    "name",
    "on",
    "env",
    "strategy",
    "matrix",
)
SHAPED = st.recursive(
    JSON | st.sampled_from(["E.001", "F.001.01", "1.5", 1, "a", "true"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS), inner, min_size=1, max_size=6)
    ),
    max_leaves=25,
)
FILES = ["p.json", "b.jsonl", "w.yaml", "d.md", "mosaic.yaml"]


def never_a_traceback(name, content):
    with tempfile.TemporaryDirectory() as directory:
        place = Place(Path(directory))
        place.write(name, content)
        before = place.files()
        argv = (
            ("config", "check")
            if name == "mosaic.yaml"
            else ("plan", "new", name)
            if name == "d.md"
            else ("run", name)
        )
        answer = place.call(*argv)
        assert "Traceback" not in answer.err
        assert answer.code in (0, 1, 2, 3)
        if answer.code == 2:
            assert answer.err.startswith("error: "), answer.err
            assert name in answer.err, answer.err
            assert place.files() == before
            assert place.events() == []


@pytest.mark.chaos
@settings(max_examples=12 * CHAOS, deadline=None)
@given(name=st.sampled_from(FILES), data=SHAPED)
def test_any_data_is_taken_or_refused_in_words(name, data):
    never_a_traceback(name, json.dumps(data))


@pytest.mark.chaos
@settings(max_examples=12 * CHAOS, deadline=None)
@given(name=st.sampled_from(FILES), content=st.binary(max_size=200) | st.text(st.characters(), max_size=200))
def test_any_bytes_and_any_text_are_taken_or_refused_in_words(name, content):
    never_a_traceback(name, content)


MALFORMED = [
    *(
        ("mosaic.yaml", text)
        for text in ("profile: local\nkernel: {stop_seconds: 3}\nplugins: {engine: {parallelism: 2}}\n",)
    ),
    ("w.yaml", "name: x\njobs:\n  a: {needs: [], steps: [{run: 'true', env: {A: b}}]}\n"),
    ("p.json", json.dumps(plan_of({"id": "One", "runtime": "command", "work": {"run": "true"}}))),
]


@pytest.mark.chaos
@settings(max_examples=16 * CHAOS, deadline=None)
@given(
    chosen=st.sampled_from(MALFORMED),
    place_drawn=st.integers(0, 10_000),
    cut=st.integers(0, 6),
    put=st.text(string.printable, max_size=4),
)
def test_a_good_file_with_a_slip_is_taken_or_refused_in_words(chosen, place_drawn, cut, put):
    name, text = chosen
    position = place_drawn % len(text)
    never_a_traceback(name, text[:position] + put + text[position + cut :])


def test_both_files_of_cases_hold_at_least_two_hundred():
    tables = (CONFIGURATIONS, WORKFLOWS, PRDS, PLANS, FOREIGN)
    assert sum(len(table) for table in tables) >= 200
    assert callable(refused)
