"""What holds for the tests themselves."""

from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_nothing_is_imported_from_a_conftest():
    # Several folders have one, and which of them `conftest` is depends on what ran before.
    found = [path.name for path in TESTS.rglob("*.py") if "\nfrom conftest " in path.read_text("utf-8")]
    assert found == []


def test_module_names_are_unique():
    names = Counter(path.stem for path in TESTS.rglob("*.py") if path.stem != "conftest")
    assert [name for name, count in names.items() if count > 1] == []
