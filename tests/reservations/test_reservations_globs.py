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
