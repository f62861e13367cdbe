"""What touches what is found without comparing everything, and is the same as if everything were compared."""

import time
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic_reservations.comparing import _Places, pairs_of
from mosaic_reservations.globs import overlap
from mosaic_reservations.traces import SUBJECT, Trace, strongest

PATHS = st.sampled_from(
    [
        "a",
        "a/b",
        "a/b/c.py",
        "a/bc",
        "a/*",
        "a/**",
        "*",
        "**/c.py",
        "b/c.py",
        "b",
        "a/[bc]",
        f"{SUBJECT}a",
        "ab",
    ]
)


def traced(paths):
    return {path: Trace(path, 0.9, "it says so") for path in paths}


def touching(path, others):
    """Compare a path with everything."""
    if path in others:
        return {path}
    if path.startswith(SUBJECT):
        return set()
    return {other for other in others if not other.startswith(SUBJECT) and overlap(path, other)}


@settings(max_examples=300, deadline=None)
@given(st.sets(PATHS, max_size=5), st.sets(PATHS, max_size=5))
def test_it_is_what_comparing_everything_finds(first, second):
    one, two = _Places(traced(first)), _Places(traced(second))
    expected = {path: touching(path, second) for path in first}
    assert {path: set(two.touching(path)) for path in first} == expected
    if any(expected.values()):
        assert one.may_touch(two)


def test_many_tasks_that_name_many_files_are_compared_in_a_moment():
    traces = {f"t{n}": traced(f"src/part{n % 40}/deep/file{n}-{m}.py" for m in range(60)) for n in range(300)}
    began = time.process_time()
    assert pairs_of(traces, combinations(traces, 2), 0.1) == []
    assert time.process_time() - began < 5


def test_a_task_that_names_everything_says_little():
    found = strongest(Trace(f"f{number}.py", number / 1000, "x") for number in range(1000))
    assert len(found) == 60
    assert "f999.py" in found
