"""Placeholders of what a contribution reads."""

import pytest

from mosaic_dashboard.reading import filled

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
