"""Lists in another order, and with some of their items alone."""

import pytest
from http_door_wire import new_run

from mosaic_hookspecs import InputError
from mosaic_http.arranging import arranged

ITEM = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "size": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "more": {"type": "object", "properties": {"is_new": {"type": "boolean"}}},
    },
}
SCHEMA = {
    "type": "object",
    "properties": {"items": {"type": "array", "items": ITEM}, "note": {"type": "string"}},
}
DATA = {
    "note": "all",
    "items": [
        {"name": "b", "size": 2, "tags": ["x"], "more": {"is_new": True}},
        {"name": "a", "size": None, "tags": [], "more": {"is_new": False}},
        {"name": "c", "size": 2, "tags": ["x", "y"], "more": {"is_new": False}},
    ],
}


@pytest.mark.parametrize(
    ("sort", "filters", "names"),
    [
        ("", [], "bac"),
        ("name", [], "abc"),
        ("-name", [], "cba"),
        ("size,-name", [], "acb"),
        ("-size, name", [], "bca"),
        ("more.is_new,name", [], "acb"),
        ("", ["size:2"], "bc"),
        ("-name", ["tags:x", "more.is_new:false"], "c"),
        ("", ["size:null"], "a"),
        ("", ["name:z"], ""),
    ],
)
def test_a_list_is_arranged(sort, filters, names):
    found = arranged(DATA, SCHEMA, sort, filters)
    assert "".join(item["name"] for item in found["items"]) == names
    assert found["note"] == "all"


@pytest.mark.parametrize(
    ("schema", "sort", "filters", "code"),
    [
        (SCHEMA, "nothing", [], "unknown-field"),
        (SCHEMA, "name.first", [], "unknown-field"),
        (SCHEMA, "", ["name"], "bad-input"),
        (SCHEMA, "", ["nothing:1"], "unknown-field"),
        (ITEM, "name", [], "not-a-list"),
    ],
)
def test_what_cannot_be_arranged_is_refused(schema, sort, filters, code):
    with pytest.raises(InputError) as caught:
        arranged(DATA, schema, sort, filters)
    assert caught.value.code == code


async def test_lists_of_operations_are_arranged(door):
    _, http = door
    asked = "sort=-name&filter=state:running&fields=plugins.name"
    found = [one["name"] for one in (await http.get(f"/api/plugins?{asked}")).json()["plugins"]]
    assert found == sorted(found, reverse=True)
    assert "http" in found
    assert "sqlite" not in found


async def test_runs_of_the_same_moment_are_each_on_one_page(door, monkeypatch):
    kernel, http = door
    clock = kernel.runtime.clock
    times = iter([1000, 2000, 2000, 2000, 2000, 3000, 3000])
    for number, at in enumerate(times):
        monkeypatch.setattr(clock, "now", lambda at=at: at)
        await new_run(http, run_id=f"r-{number}")
    monkeypatch.undo()
    everything = [run["run_id"] for run in (await http.get("/api/runs")).json()["items"]]
    assert len(everything) == 7
    for limit in (1, 2, 3, 7):
        path, found = f"/api/runs?limit={limit}", []
        while path:
            answer = await http.get(path)
            page = [run["run_id"] for run in answer.json()["items"]]
            assert 0 < len(page) <= limit or (not page and len(found) == 7)
            found += page
            path = answer.links.get("next", {}).get("url")
        assert found == everything
