"""Malformed documents: each gets an `InputError` with a place, never another exception."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic_hookspecs import InputError, Location
from mosaic_upp.formats import FORMATS, recognise

NODE = '{"node_id": "E.001", "title": "x", %s}'


def plan(node):
    return '{"mosaic_plan": 1,\n "title": "t",\n "nodes": [\n  ' + node + "\n ]}"


def wf(tasks, execution="null", version="1.5"):
    return (
        f'{{"name": "w", "schemaVersion": "{version}", "workflow": {{"specification": {{"tasks": {tasks}}},'
        f' "execution": {execution}}}}}'
    )


def task(name, parents="[]", children="[]"):
    return f'{{"name": "{name}", "id": "{name}", "parents": {parents}, "children": {children}}}'


CASES = [
    ("json", "{", "1:2", "not strict JSON"),
    ("json", "", "1:1", "not strict JSON"),
    ("json", '{"mosaic_plan": 1,\n  "title": }', "2:12", "expecting value"),
    ("json", "[]", "1:1", "expected an object; got a list"),
    ("json", "null", "1:1", "expected an object; got null"),
    ("json", '{"title": "x"}', "1:1", "not a Mosaic plan"),
    ("json", '{"mosaic_plan": 2, "title": "x"}', "1:17", "not a Mosaic plan"),
    ("json", '{"mosaic_plan": true, "title": "x"}', "1:17", "a whole number"),
    ("json", '{"mosaic_plan": 1}', "1:1", "'title' is missing"),
    ("json", '{"mosaic_plan": 1, "title": 7}', "1:29", "expected text; got a number 7"),
    ("json", '{"mosaic_plan": 1, "title": "x", "nodez": []}', "1:43", "Did you mean 'nodes'"),
    ("json", '{"mosaic_plan": 1, "title": "x", "nodes": {}}', "1:43", "expected a list"),
    ("json", '{"mosaic_plan": 1, "title": "x", "title": "y"}', "1:34", "a second time"),
    ("json", plan("7"), "4:3", "nodes[0]: wrong type"),
    ("json", plan('{"title": "x"}'), "4:3", "'node_id' is missing"),
    ("json", plan(NODE % '"minutes": NaN'), "4:49", "the number NaN"),
    ("json", plan(NODE % '"minutes": 1e999'), "4:49", "the number 1e999"),
    ("json", plan(NODE % ('"minutes": 1' + "0" * 5000)), "4:49", "the number 1000"),
    ("json", plan(NODE % f'"minutes": {2**60}'), "4:49", "a whole number"),
    ("json", plan(NODE % '"minutes": "20"'), "4:49", 'got text "20"'),
    ("json", plan(NODE % '"minutes": true'), "4:49", "got a boolean true"),
    ("json", plan(NODE % '"minutes": 1.5'), "4:49", "a whole number"),
    ("json", plan(NODE % '"done": "no"'), "4:46", "true or false"),
    ("json", plan(NODE % '"line": -1'), "4:46", "not negative"),
    ("json", plan(NODE % '"depends_on": "E.001"'), "4:52", "expected a list"),
    ("json", plan(NODE % '"depends_on": ["a", 3]'), "4:58", "nodes[0].depends_on[1]"),
    ("json", plan(NODE % '"work": []'), "4:46", "an object"),
    ("json", plan(NODE % '"checks": [{"name": "c", "timeout_seconds": 0}]'), "4:82", "more than nothing"),
    ("json", plan(NODE % '"checks": [{"nam": "c"}]'), "4:57", "Did you mean 'name'"),
    ("json", plan(NODE % '"origin": "\\ud800"'), "4:48", "half of a surrogate pair"),
    ("json", plan(NODE % ('"work": {"a": ' + "[" * 99 + "]" * 99 + "}")), "4:", "nesting deeper than 64"),
    ("json", "[" * 200_000, "1:65", "nesting deeper than 64"),
    ("json", '{"a":' * 50_000 + "1" + "}" * 50_000, "1:", "nesting deeper than 64"),
    (
        "json",
        (
            '{"mosaic_plan": 1, "title": "x", "requirements": '
            '[{"requirement_id": "R", "kind": "k", "text": "t",'
            ""
            ' "span": {"start": 3, "end": 2}}]}'
        ),
        "1:109",
        "not a span",
    ),
    ("upp", "Nothing here.", "", "no UPP node"),
    ("upp", "```\n├── TASK (T.1.2): x\n```", "2:11", "not a UPP identifier"),
    ("upp", "```\n├── STORY (T.001.01.01.01): x\n```", "2:12", "the identifier of a story is that of a task"),
    ("upp", "```\n└── EPIC (E.001): x\n    └── what is this\n```", "3:1", "no UPP node"),
    ("upp", "- **F.001.1** x", "1:5", "not a UPP identifier"),
    ("upp", "- **E.001** " + "x" * 30_000, "1", "too long"),
    ("upp", "- **E.001** x\n\n```json mosaic\n{\n```\n", "4:2", "not strict JSON"),
    ("upp", '- **E.001** x\n\n```json mosaic\n{"mosaic_plan": 1, "title": 1}\n```\n', "4:29", "expected text"),
    ("taskmaster", '{"tasks": []}', "1:11", "no tasks"),
    ("taskmaster", '{"master": {}}', "1:1", "no list of tasks"),
    ("taskmaster", '{"tasks": [{"title": "x"}]}', "1:12", "an identifier"),
    ("taskmaster", '{"tasks": [{"id": 1, "title": "x"}, {"id": 1, "title": "y"}]}', "1:44", "two tasks"),
    ("taskmaster", '{"tasks": [{"id": 1, "title": "x", "dependencies": [{}]}]}', "1:52", "an identifier"),
    ("taskmaster", '{"tasks": [{"id": 1, "title": null}]}', "1:31", "expected text; got null"),
    ("beads", "", "", "no issue"),
    ("beads", '{"id": "a", "title": "x"}\n{"id": "a", "title": "y"}', "2:8", "two issues"),
    ("beads", '{"id": "a", "title": "x"}\n{"id": "b"', "2:11", "not strict JSON"),
    ("beads", '{"id": "a", "title": "x"}\n7', "2:1", "an object"),
    (
        "beads",
        '{"id": "a", "title": "x", "dependencies": [{"depends_on_id": "a", "type": "parent-child"}]}',
        "1",
        "its own parent",
    ),
    ("checklist", "# Only a heading\n", "", "no checklist"),
    ("checklist", "".join(f"{'  ' * depth}- [ ] d{depth}\n" for depth in range(9)), "7", "nested too deep"),
    ("wfformat", wf("[]"), "1:", "no tasks"),
    ("wfformat", wf("[]", version="1.3"), "1:32", "another version"),
    ("wfformat", '{"schemaVersion": "1.5"}', "1:1", "'workflow' is missing"),
    ("wfformat", wf(f"[{task('a')}, {task('a')}]"), "1:", "two tasks"),
    ("wfformat", wf(f"[{task('a', children=json.dumps(['b']))}]"), "1:", "a task that is not there"),
    (
        "wfformat",
        wf(f"[{task('a', children=json.dumps(['b']))}, {task('b')}]"),
        "1:",
        "is not among its parents",
    ),
    (
        "wfformat",
        wf(f"[{task('a')}, {task('b', parents=json.dumps(['a']))}]"),
        "1:",
        "is not among its children",
    ),
    (
        "wfformat",
        wf(
            f"[{task('a', json.dumps(['b']), json.dumps(['b']))},"
            f" {task('b', json.dumps(['a']), json.dumps(['a']))}]"
        ),
        "1:",
        "a → b → a",
    ),
    ("wfformat", wf(f"[{task('a')}]", '{"tasks": [{"id": "z"}]}'), "1:", "the execution names"),
    (
        "wfformat",
        wf(f"[{task('a')}]", '{"tasks": [{"id": "a", "runtimeInSeconds": -1}]}'),
        "1:",
        "not negative",
    ),
]


@pytest.mark.parametrize(
    ("name", "text", "place", "words"), CASES, ids=[f"{case[0]}-{place}" for place, case in enumerate(CASES)]
)
def test_malformed_documents_get_a_located_error(name, text, place, words):
    with pytest.raises(InputError) as caught:
        FORMATS[name].read(text, "file")
    where = caught.value.where
    assert isinstance(where, Location)
    assert str(where).startswith(f"file:{place}" if place else "file")
    assert words in str(caught.value)


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "mermaid"])
def test_huge_documents_are_refused_at_once(name):
    with pytest.raises(InputError, match="too large"):
        FORMATS[name].read(" " * (5 * 1024 * 1024 + 1), "file")


def test_too_many_nodes_are_refused():
    document = '{"mosaic_plan":1,"title":"","nodes":[' + ",".join(["{}"] * 100_001) + "]}"
    with pytest.raises(InputError, match="too many nodes"):
        FORMATS["json"].read(document, "file")


ALPHABET = st.sampled_from(
    [
        "{",
        "}",
        "[",
        "]",
        '"',
        ":",
        ",",
        "\n",
        "- ",
        "[ ] ",
        "| Task |\n",
        "```",
        "E.001",
        "(F.001.01)",
        "TASK ",
        "├── ",
        '"tasks"',
        '"id"',
        '"title"',
        '"mosaic_plan"',
        "1",
        " ",
        "  ",
        "x",
        "null",
        "\u2028",
        "\x00",
        "�",
        "json mosaic",
    ]
)


@settings(max_examples=150, deadline=None)
@given(text=st.lists(ALPHABET, max_size=30).map("".join) | st.text(max_size=60))
def test_no_text_makes_a_format_crash(text):
    recognise(text, "file")
    errors = []
    for plan_format in FORMATS.values():
        try:
            plan_format.read(text, "file")
        except InputError as error:
            errors.append(error)
    assert all(error.where is not None for error in errors)


@settings(max_examples=100, deadline=None)
@given(
    value=st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False, allow_infinity=False)
        | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "mosaic_plan",
                        "title",
                        "nodes",
                        "node_id",
                        "tasks",
                        "id",
                        "subtasks",
                        "dependencies",
                        "master",
                        "schemaVersion",
                        "workflow",
                        "specification",
                        "parents",
                        "children",
                        "execution",
                        "work",
                        "summary",
                    ]
                ),
                inner,
                max_size=5,
            )
        ),
        max_leaves=20,
    )
)
def test_no_json_makes_a_format_crash(value):
    errors = []
    for name in ("json", "taskmaster", "beads", "wfformat"):
        try:
            FORMATS[name].read(json.dumps(value), "file")
        except InputError as error:
            errors.append(error)
    assert all(error.where is not None for error in errors)
