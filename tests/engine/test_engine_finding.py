"""task.find: tasks by their words, wherever they stand."""

from __future__ import annotations

import pytest
from engine_fakes import World, task

from mosaic_engine import finding
from mosaic_hookspecs import NotFound


def outline(found):
    return [(one.run_id, one.task_id) for one in found.items]


async def test_all_words_count_wherever_they_stand_and_titles_go_first(tmp_path):
    world = World(tmp_path)
    await world.start(
        task("T.1", title="Serve GET /books", path=("Shop", "Reading books")),
        task("T.2", title="Test it", path=("Shop", "Serve books")),
        task("T.3", title="Serve GET /orders", path=("Shop", "Reading orders")),
        title="Bookshop",
    )
    await world.start(task("T.1", title="Serve GET /books"), run_id="newer", title="Library")
    found = await world.ask("task.find", text="BOOKS serve")
    assert sorted(outline(found)) == [("newer", "T.1"), ("r", "T.1"), ("r", "T.2")]
    assert not found.is_cut
    in_r = [one for one in found.items if one.run_id == "r"]
    assert [one.task_id for one in in_r] == ["T.1", "T.2"]
    first = in_r[0]
    assert (first.run_title, first.title, list(first.path)) == (
        "Bookshop",
        "Serve GET /books",
        ["Shop", "Reading books"],
    )
    assert first.state.value == "ready"
    assert outline(await world.ask("task.find", text="t.3 orders")) == [("r", "T.3")]
    assert outline(await world.ask("task.find", text="nothing")) == []
    cut = await world.ask("task.find", text="serve", run_id="r", limit=2)
    assert (outline(cut), cut.is_cut) == ([("r", "T.1"), ("r", "T.3")], True)
    with pytest.raises(NotFound):
        await world.ask("task.find", text="x", run_id="none")


async def test_what_was_read_is_not_read_again_and_what_is_added_is(tmp_path, monkeypatch):
    monkeypatch.setattr(finding, "_MOST_KEPT", 700)
    world = World(tmp_path)
    await world.start(*(task(f"t{number}", title=f"Task {number}") for number in range(600)))
    assert outline(await world.ask("task.find", text="task 599")) == [("r", "t599")]
    world.storage.calls.clear()
    assert outline(await world.ask("task.find", text="task 571")) == [("r", "t571")]
    assert world.storage.calls["tasks"] == 1
    await world.start(*(task(f"u{number}", title=f"Other {number}") for number in range(300)), run_id="s")
    assert outline(await world.ask("task.find", text="other 299")) == [("s", "u299")]
    assert outline(await world.ask("task.find", text="task 598")) == [("r", "t598")]
