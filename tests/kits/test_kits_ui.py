"""The kit of the ui port lets right contributions be, and says what is wrong with others."""

from __future__ import annotations

import itertools

import pytest
from kit_running import failures, opening, require_told

from mosaic_hookspecs import Contribution
from mosaic_testing import ui

DRAWN = {
    "template": "{% for run in runs['items'] %}{{ run.title | short }}{% endfor %}",
    "reads": {
        "runs": {"operation": "run.list", "input": {"limit": 3, "project": "{project}"}, "optional": True}
    },
    "live": ["run.", "agents.changed"],
}
RIGHT = (
    Contribution(kind="page", name="shelf", title="Shelf", data={"path": "/shelves/{shelf_id}", **DRAWN}),
    Contribution(
        kind="page", name="shop", title="Shop", data={"module": "export default () => {}", "order": 1}
    ),
    Contribution(kind="panel", name="shop", title="Shop", data={"place": "now", **DRAWN}),
    Contribution(kind="tab", name="shop", title="Shop", data=DRAWN),
    Contribution(kind="navigation", name="shop", title="Shop", data={"target": "page:shop"}),
    Contribution(kind="navigation", name="shelf", title="Shelf", data={"target": "/shelves/1?all=1#top"}),
    Contribution(kind="command", name="shop", title="Shop", data={"target": "/pages/shop", "keys": "g s"}),
    Contribution(kind="command", name="reload", title="Reload", data={"operation": "config.reload"}),
    Contribution(
        kind="theme",
        name="dark",
        title="Dark",
        data={"light": {"color-text": "#000", "leading": 1.5}, "dark": {}},
    ),
)


class Right:
    found = RIGHT

    def contributions(self):
        return self.found


def adding(**fields):
    one = Contribution(**{"kind": "panel", "name": "late", "title": "Late", "data": DRAWN, **fields})
    return type("Adding", (Right,), {"found": (*RIGHT, one)})


class Asynchronous(Right):
    async def contributions(self):
        return RIGHT


class Streaming(Right):
    def contributions(self):
        return iter(RIGHT)


class Plain(Right):
    found = ({"kind": "page"},)


class Counting(Right):
    numbers = itertools.count()

    def contributions(self):
        return (Contribution(kind="page", name="n", title="N", data={"asked": next(self.numbers)}),)


class Growing(Right):
    def contributions(self):
        self.found = (*self.found, Contribution(kind="page", name=f"n{len(self.found)}", title="N"))
        return self.found


class Mutating(Right):
    def __init__(self):
        self.data = {"asked": []}

    def contributions(self):
        self.data["asked"].append(1)
        return [Contribution(kind="page", name="n", title="N", data=self.data)]


async def test_right_contributions_pass(tmp_path):
    assert await failures(ui, opening("ui", Right, tmp_path), tmp_path) == {}
    nothing = type("Nothing", (Right,), {"found": ()})
    assert await failures(ui, opening("ui", nothing, tmp_path / "kernel-0"), tmp_path) == {}


@pytest.mark.parametrize(
    ("interface", "test", "expected"),
    [
        (
            adding(kind="widget"),
            "they_are_of_a_known_kind",
            "'late' is of the kind 'widget'; there are page, panel, theme, navigation",
        ),
        (adding(name=""), "they_have_names_and_titles", "the name of Contribution("),
        (adding(title=" Late"), "they_have_names_and_titles", "has to be text, without spaces around it"),
        (
            adding(title="two\nlines"),
            "they_have_names_and_titles",
            r"the title 'two\nlines' of a panel cannot be shown on a line",
        ),
        (adding(kind="page", name="shop"), "names_are_unique", "contributed more than once: page 'shop'"),
        (adding(data={"handler": print}), "data_is_json", "the data of the panel 'late' is not JSON"),
        (adding(data={1: "one"}), "data_is_json", "the data of the panel 'late' is not JSON"),
        (adding(data={"n": float("nan")}), "data_is_json", "the data of the panel 'late' is not JSON"),
        (
            adding(data=["a"]),
            "data_is_json",
            "the data of the panel 'late' is an object of the type list; it is a mapping",
        ),
        (
            Asynchronous,
            "it_keeps_the_contract",
            "Interface.contributions: expected contributions(), found contributions(), which is async",
        ),
        (Streaming, "data_is_json", "contributions() returned an object of the type tuple_iterator"),
        (Plain, "data_is_json", "contributions() returned an object of the type dict among others"),
        (Counting, "they_stay_the_same", "contributions() returned something else when it was asked again"),
        (Growing, "they_stay_the_same", "10 became 11"),
        (Mutating, "they_stay_the_same", "contributions() returned something else when it was asked again"),
    ],
)
async def test_wrong_contributions_are_told(tmp_path, interface, test, expected):
    opened = opening("ui", interface, tmp_path)
    require_told(await failures(ui, opened, tmp_path, only=[f"test_{test}"]), expected)


def panel(**more):
    return {"kind": "panel", "data": {**DRAWN, **more}}


def read(**more):
    return panel(reads={"runs": {"operation": "run.list", **more}})


def data(kind, **fields):
    return {"kind": kind, "data": fields}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (panel(template="{% if %}"), "line 1 of its template is not Jinja: Expected an expression"),
        (panel(template="one\n{{ two"), "line 2 of its template is not Jinja"),
        (panel(template=7), "template is 7; it is text"),
        (data("tab"), "nothing would be drawn: it has neither template nor module"),
        (panel(order="first"), "order is 'first'; it is a number"),
        (panel(live="run."), "live is 'run.'; it is a list of kinds of events and topics"),
        (panel(live=["run.", 7]), "live is ['run.', 7]"),
        (panel(reads=["run.list"]), "reads is ['run.list']; it maps names of the template"),
        (panel(reads={"runs": "run.list"}), "reads.runs is 'run.list'; it is {"),
        (panel(reads={"the runs": {"operation": "run.list"}}), "'the runs' is no name that a template can use"),
        (panel(reads={"runs": {"input": {}}}), "reads.runs.operation is None; it is the name of an operation"),
        (read(operation="list"), "reads.runs.operation is 'list'; it is the name of an operation"),
        (read(input=["r-1"]), "reads.runs.input is ['r-1']; it maps the operation's fields to values"),
        (
            read(input={"ids": ["{run id}"]}),
            "reads.runs.input holds '{run id}'; parameters are such as {run_id}",
        ),
        (read(optional="yes"), "reads.runs.optional is 'yes'; it is true or false"),
        (read(inputs={}), "reads.runs.inputs means nothing; a read has operation, input and optional"),
        (data("page", template="", path="board"), "path is 'board'; it is of small letters"),
        (data("page", template="", path="/a/../b"), "path is '/a/../b'"),
        (data("page", template="", path="/a{run_id}"), "path is '/a{run_id}'"),
        (data("page", template="", path="//evil.example"), "path is '//evil.example'"),
        (data("navigation"), "target is ''; it is page:NAME, panel:NAME, or a path on this site"),
        (data("navigation", target="https://evil.example"), "target is 'https://evil.example'"),
        (data("navigation", target="/\\evil.example"), "it is page:NAME, panel:NAME, or a path on this site"),
        (data("command", target="javascript:alert(1)"), "target is 'javascript:alert(1)'"),
        (data("command"), "it has an operation (and its input) or a target: one of the two"),
        (data("command", operation="run.list", target="/"), "it has an operation (and its input) or a target"),
        (data("theme", light={}), "dark is None; it maps design tokens"),
        (data("theme", light={"--color": "red"}, dark={}), "light: '--color' names no design token"),
        (data("theme", light={}, dark={"color": "red;}"}), "dark.color is 'red;}'; it is a value of CSS"),
    ],
)
async def test_wrong_data_is_told(tmp_path, fields, expected):
    opened = opening("ui", adding(**fields), tmp_path)
    require_told(await failures(ui, opened, tmp_path, only=["test_data_is_what_the_contract_says"]), expected)
