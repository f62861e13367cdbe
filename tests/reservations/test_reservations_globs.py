"""Whether two patterns can mean the same file is decided right: beside every path of a small world."""

import re
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic_hookspecs import InputError
from mosaic_reservations.globs import normalized, overlap

NAMES = ["".join(one) for length in (1, 2) for one in product("ab", repeat=length)]
PATHS = ["/".join(parts) for depth in (1, 2, 3) for parts in product(NAMES, repeat=depth)]
PARTS = st.sampled_from(["a", "b", "ab", "a*", "*b", "*", "?", "?b", "[ab]", "[!a]", "[!a]*", "a?", "**"])


def means(pattern, path):
    """Say it the plain way: a regular expression over the whole path, or a directory above it."""
    text = ""
    for part in pattern.split("/"):
        if part == "**":
            text += "(?:[^/]+/)*"
        else:
            text += part.replace("[!", "[^").replace("*", "[^/]*").replace("?", "[^/]") + "/"
    return re.match(f"{text}(?:[^/]+/)*$", f"{path}/") is not None


@settings(max_examples=200, deadline=None)
@given(st.lists(PARTS, min_size=1, max_size=2), st.lists(PARTS, min_size=1, max_size=2))
def test_it_is_as_the_paths_say(first, second):
    one, two = "/".join(first), "/".join(second)
    expected = any(means(one, path) and means(two, path) for path in PATHS)
    assert overlap(one, two) == overlap(two, one) == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("src/api.py", "src/api.py", True),
        ("src", "src/api.py", True),
        ("src/**", "src/deep/api.py", True),
        ("**/test_*.py", "tests/unit/test_a.py", True),
        ("src/*.py", "src/*.js", False),
        ("src/api.py", "src/api.pyi", False),
        ("app/[id].tsx", "app/[id].tsx", True),
        ("a/b", "a/c", False),
        ("[a-c]x", "[d-f]x", False),
        ("*" * 20 + "x", "*" * 20 + "y", False),
    ],
)
def test_examples(first, second, expected):
    assert overlap(first, second) == overlap(second, first) == expected


def test_patterns_are_made_alike_or_refused():
    assert normalized("./src//api.py/") == "src/api.py"
    for bad in ("", "/", ".", "/etc/passwd", "a/../b", "~/x", "a\\b", "a\nb", "x" * 301, "a/" * 41):
        with pytest.raises(InputError, match="bad-path"):
            normalized(bad)


def slow(one, two):
    """Whether two parts can be the same name: every pair of places, one by one."""
    todo, seen = [(one, two)], set()
    while todo:
        first, second = todo.pop()
        if not first and not second:
            return True
        if (first, second) in seen:
            continue
        seen.add((first, second))
        if first[:1] == "*":
            todo += [(first[1:], second), *([(first, second[1:])] if second else [])]
        if second[:1] == "*":
            todo += [(first, second[1:]), *([(first[1:], second)] if first else [])]
        if (
            first
            and second
            and "*" not in (first[0], second[0])
            and (first[0] == second[0] or "?" in (first[0], second[0]))
        ):
            todo.append((first[1:], second[1:]))
    return False


@settings(max_examples=300, deadline=None)
@given(st.text("ab*?", min_size=1, max_size=9), st.text("ab*?", min_size=1, max_size=9))
def test_parts_of_any_length_are_as_every_pair_of_places_says(first, second):
    if "**" not in (first, second):
        assert overlap(first, second) == overlap(second, first) == slow(first, second)


def test_patterns_that_would_take_for_ever_are_refused_or_fast():
    for bad in ("*a" * 17, "?" * 17, "[ab]" * 17, "a?/" * 17):
        with pytest.raises(InputError, match="bad-path"):
            normalized(bad)
    assert normalized("**/" * 30 + "x*")
    for number in range(300):  # would take minutes, if every pair of places were looked at
        assert not overlap(f"*{'a' * 280}{number}", f"*{'a' * 280}x{number}")


def test_a_class_that_is_too_wide_to_be_told_apart_means_anything():
    assert overlap("[a-\uffff]", "\u9999")
    assert overlap("[!\x21-\uffff]x", "ax")
