"""The kit of the ui port lets right contributions be, and says what is wrong with others."""

from __future__ import annotations

import itertools

import pytest
from kit_running import failures, opening, require_told

from mosaic_hookspecs import Contribution
from mosaic_testing import ui

RIGHT = (
    Contribution(kind="page", name="board", title="Board", data={"path": "/board", "order": 1}),
    Contribution(kind="navigation", name="board", title="Board", data={"page": "board"}),
    Contribution(kind="theme", name="dark", title="Dark", data={"colours": {"text": "#fff"}}),
)


class Right:
    found = RIGHT

    def contributions(self):
        return self.found


def adding(**fields):
    one = Contribution(**{"kind": "panel", "name": "late", "title": "Late", **fields})
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
        (adding(kind="page", name="board"), "names_are_unique", "contributed more than once: page 'board'"),
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
        (Growing, "they_stay_the_same", "4 became 5"),
        (Mutating, "they_stay_the_same", "contributions() returned something else when it was asked again"),
    ],
)
async def test_wrong_contributions_are_told(tmp_path, interface, test, expected):
    opened = opening("ui", interface, tmp_path)
    require_told(await failures(ui, opened, tmp_path, only=[f"test_{test}"]), expected)
