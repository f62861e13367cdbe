"""Placeholders of what a contribution reads."""

import pytest
import trio

from mosaic_dashboard.reading import filled, read_all
from mosaic_hookspecs import Principal

PARAMS = {"run_id": "r1", "n": "20", "on": "true", "states": "ready,leased", "none": ""}
VALUES = {"run": {"run_id": "r2", "spec": {"deep": [1]}}}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"run_id": "{run_id}"}, {"run_id": "r1"}),
        ({"run_id": "run {run_id}"}, {"run_id": "run {run_id}"}),
        ({"limit": "{n:int}", "by": "{n}"}, {"limit": 20, "by": "20"}),
        ({"gone": "{on:bool}", "off": "{n:bool}"}, {"gone": True, "off": False}),
        ({"states": "{states:list}"}, {"states": ["ready", "leased"]}),
        ({"run_id": "{run.run_id}", "deep": "{run.spec.deep}"}, {"run_id": "r2", "deep": [1]}),
        ({"a": "{missing}", "b": "{run.missing}", "c": "{other.run_id}", "d": "{none}"}, {}),
        ({"a": ["{run_id}", "{missing}", 3]}, {"a": ["r1", 3]}),
        ({"a": {"b": "{missing}"}}, {"a": {}}),
        ({"limit": "{none:text}"}, {"limit": ""}),
        ("{missing}", {}),
    ],
)
def test_placeholders(given, expected):
    assert filled(given, PARAMS, VALUES) == expected


def test_what_is_no_number_stays_text_for_the_operation_to_refuse():
    assert filled({"limit": "{n:int}"}, {"n": "many"}, {}) == {"limit": "many"}
    assert filled({"limit": "{n:int}"}, {"n": "9" * 40}, {}) == {"limit": "9" * 40}


class Slow:
    """Answers at once, but for one operation."""

    async def dispatch(self, operation, data, principal):
        if operation == "a.slow":
            await trio.sleep_forever()
        return {"id": operation}


@pytest.mark.parametrize(("optional", "late"), [(False, {"b", "c"}), (True, {"c"})])
async def test_what_takes_too_long_is_said_and_the_rest_is_there(optional, late, autojump_clock):
    reads = {
        "a": {"operation": "a.quick"},
        "b": {"operation": "a.slow", "optional": optional},
        "c": {"operation": "a.quick", "input": {"id": "{b.id}"}},
    }
    nobody = Principal(name="ann", kind="user", permissions=frozenset())
    answers = await read_all(Slow(), reads, {}, nobody, 30)
    assert trio.current_time() == 30
    assert answers.values == {"a": {"id": "a.quick"}, "b": None, "c": None}
    assert {name for name, problem in answers.problems.items() if problem.code == "late"} == late
    assert set(answers.problems) == late
