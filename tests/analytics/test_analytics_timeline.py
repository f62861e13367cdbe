"""What is kept grows coarser with age, adds up to the same, and stays small."""

from __future__ import annotations

from random import Random

import pytest

from mosaic_analytics.reasons import Reasons, group_of
from mosaic_analytics.sketches import add_to, count_in, quantile
from mosaic_analytics.spans import since_of, span_of
from mosaic_analytics.timeline import SIZES, Timeline
from mosaic_hookspecs import InputError

SECOND, MINUTE, HOUR, DAY = SIZES.values()
NOW = 20_000 * DAY + 5 * HOUR + 17 * MINUTE + 3 * SECOND


def starts(timeline):
    return sorted(start for start, _ in timeline.cells())


def test_cells_grow_coarser_with_age_at_whole_cells_of_the_next_size():
    timeline = Timeline()
    for age in (0, 1, 61 * MINUTE, 26 * HOUR, 40 * DAY):
        timeline.cell(NOW - age, "shop").accepted += 1
    timeline.settle()
    assert starts(timeline) == [
        (NOW - 40 * DAY) // DAY * DAY,
        (NOW - 26 * HOUR) // HOUR * HOUR,
        (NOW - 61 * MINUTE) // MINUTE * MINUTE,
        NOW - SECOND,
        NOW,
    ]
    edge = (NOW - HOUR) // MINUTE * MINUTE
    assert (timeline.size_at(edge), timeline.size_at(edge - 1)) == (SECOND, MINUTE)
    timeline.cell(NOW + 2 * DAY, "shop").accepted += 1
    timeline.settle()
    assert starts(timeline)[1:] == [
        (NOW - 26 * HOUR) // HOUR * HOUR,
        (NOW - 61 * MINUTE) // HOUR * HOUR,
        NOW // HOUR * HOUR,
        NOW + 2 * DAY,
    ]
    assert sum(cell.accepted for _, cell in timeline.cells("shop")) == 6
    assert list(timeline.cells("blog")) == []


def test_years_of_work_are_kept_in_a_bounded_number_of_cells():
    timeline = Timeline()
    for minute in range(0, 90 * 24 * 60, 7):
        timeline.cell(NOW + minute * MINUTE, "shop").accepted += 1
        if minute % 1000 == 0:
            timeline.settle()
    timeline.settle()
    assert len(timeline) < 92 + 33 * 24 + 26 * 60 + 3_700
    assert sum(cell.accepted for _, cell in timeline.cells()) == len(range(0, 90 * 24 * 60, 7))


def test_a_quantile_is_within_one_percent_and_sketches_add_up():
    chance = Random(3)
    one, other, lengths = {}, {}, []
    for number in range(5_000):
        length = round(10 ** chance.uniform(0, 9))
        lengths.append(length)
        count_in(one if number % 2 else other, length)
    add_to(one, other)
    for share in (0.01, 0.5, 0.9, 0.99):
        exact = sorted(lengths)[max(1, round(share * 5_000)) - 1]
        assert quantile(one, share) == pytest.approx(exact, rel=0.0101, abs=1)
    assert len(one) <= 1_323
    assert quantile({}, 0.5) is None
    count_in(nothing := {}, -5)
    assert quantile(nothing, 0.5) == 0


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("", None),
        ("90m", NOW - 90 * MINUTE),
        ("2w", NOW - 14 * DAY),
        ("999999w", 0),
        ("2024-10-04", 20_000 * DAY),
        ("2024-10-04T06:00+02:00", 20_000 * DAY + 4 * HOUR),
    ],
)
def test_since_names_a_moment(text, moment):
    assert since_of(text, NOW) == moment


@pytest.mark.parametrize("text", ["yesterday", "-5h", "5", "h", "2024-13-01", "9" * 50])
def test_what_names_no_moment_is_refused(text):
    with pytest.raises(InputError, match="names no point in time") as caught:
        since_of(text, NOW)
    assert caught.value.code == "bad-since"


def test_buckets_are_as_asked_for_unless_so_fine_is_not_kept_or_too_many():
    timeline = Timeline()
    timeline.cell(NOW, "shop")

    def bucket(since, asked="auto"):
        span = span_of(since, NOW, asked, timeline)
        assert span.since % span.size == 0
        assert len(span.starts()) <= 2_002
        return span.bucket

    found = [bucket(NOW - age) for age in (0, 2 * MINUTE, HOUR, 5 * HOUR, 10 * DAY)]
    assert found == ["second", "second", "minute", "hour", "day"]
    assert bucket(NOW - 2 * HOUR, "second") == "minute"
    assert bucket(NOW - 2 * DAY, "minute") == "hour"
    assert bucket(NOW - 60 * DAY, "hour") == "day"
    assert bucket(NOW - MINUTE, "day") == "day"


CHECK = {"checks": [{"name": "lint", "passed": True}, {"name": "tests", "passed": False}]}
NONE = {"checks": []}


@pytest.mark.parametrize(
    ("kind", "body", "group"),
    [
        ("task.refused", {"reason": "x", "counts": True, "evidence": CHECK}, ("check", "check tests failed")),
        ("task.refused", {"reason": "timed out after 30 s", "counts": True, "evidence": NONE},
         ("timeout", "timed out after N s")),
        ("task.refused", {"reason": "\n merge conflict in src/a.py, /tmp/x/b.py\nmore", "counts": False,
                          "evidence": NONE}, ("conflict", "merge conflict in …, …")),
        ("task.refused", {"reason": "429", "counts": False, "backs_off": True, "evidence": NONE},
         ("given-back", "N")),
        ("task.refused", {"reason": "", "counts": True, "evidence": NONE}, ("agent", "no reason was given")),
        ("task.refused", {"reason": "no 'abc' at 0badc0ffee " + "y" * 200, "counts": True, "evidence": NONE},
         ("agent", ("no … at … " + "y" * 200)[:99] + "…")),
        ("task.released", {"reason": "its lease ran out"}, ("lost", "its lease ran out")),
        ("task.denied", {"comment": "no"}, ("denied", "approval was denied")),
    ],
)  # fmt: skip
def test_reasons_are_grouped_by_their_words(kind, body, group):
    assert group_of(kind, body) == group


def test_groups_beyond_measure_are_one():
    reasons = Reasons()
    names = [f"{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(600)]
    for at, name in enumerate(names):
        reasons.met("task.released", {"reason": f"the {name} broke"}, at, "r", name)
    *_, last = list(reasons)
    assert (len(list(reasons)), last.code, last.at, last.task_id) == (501, "other", 599, names[-1])
