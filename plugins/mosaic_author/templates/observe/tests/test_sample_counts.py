"""What is counted, and what is left of it after a restart."""

import json

import pytest
from mosaic_hookspecs import GENESIS, Draft, seal_draft

from mosaic_sample.observer import CountingObserver
from mosaic_sample.tally import Tally


def events(*kinds, first=1):
    """Make events of these kinds; they need not be chained for who only counts."""
    return [
        seal_draft(Draft(kind=kind), previous=GENESIS, sequence=number, at=0, by="test")
        for number, kind in enumerate(kinds, start=first)
    ]


def test_an_event_that_comes_again_is_counted_once():
    tally = Tally()
    assert tally.add(events("a", "b", "a"))
    assert not tally.add(events("a", "b"))
    assert tally.add(events("a", first=4))
    assert (tally.newest, tally.counts) == (4, {"a": 3, "b": 1})
    assert Tally.from_data(tally.to_data()).to_data() == tally.to_data()


@pytest.mark.parametrize("data", [{}, {"newest": "x", "counts": {}}, {"newest": 1, "counts": []}])
def test_what_is_no_tally_is_refused(data):
    with pytest.raises(ValueError, match="no tally"):
        Tally.from_data(data)


async def test_a_restart_goes_on_from_the_file(tmp_path):
    path = tmp_path / "state" / "counts.json"
    first = CountingObserver(path)
    await first.observe(events("a", "b"))
    assert json.loads(path.read_text()) == {"newest": 2, "counts": {"a": 1, "b": 1}}
    second = CountingObserver(path)
    await second.load()
    await second.observe(events("a", "b", "c"))
    assert second.tally.counts == {"a": 1, "b": 1, "c": 1}


async def test_a_file_that_cannot_be_read_is_no_harm(tmp_path):
    (tmp_path / "counts.json").write_text("[")
    observer = CountingObserver(tmp_path / "counts.json")
    await observer.load()
    assert observer.tally.newest == 0


async def test_the_operation_answers(mosaic_kernel):
    async with mosaic_kernel("sample") as kernel:
        await kernel.port("observe").get("sample").observe(events("a"))
        found = await kernel.dispatch("sample.counts")
    assert (found.newest, found.counts) == (1, {"a": 1})
