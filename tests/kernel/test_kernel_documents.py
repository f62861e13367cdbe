import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mosaic_hookspecs import InputError, Location
from mosaic_kernel import load_yaml
from mosaic_kernel.documents import MAX_BYTES

BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{new}: &{new} [{','.join([f'*{old}'] * 10)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


def test_values_and_keys_have_positions():
    document = load_yaml("a: 1\nb:\n  - x\n  - c: {d: yes}\n", "f.yaml")
    assert document.data == {"a": 1, "b": ["x", {"c": {"d": "yes"}}]}
    assert document.where(("a",)) == Location(path="f.yaml", line=1, column=4)
    assert document.where(("a",), at_key=True) == Location(path="f.yaml", line=1, column=1)
    assert document.where(("b", 1, "c", "d")) == Location(path="f.yaml", line=4, column=12)
    assert document.where(("b", 1, "missing")) == Location(path="f.yaml", line=4, column=5)
    assert load_yaml("").data is None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1), ("-7", -7), ("0x1f", 31), ("0o17", 15), ("010", 10), ("1.5", 1.5), ("1e3", 1000.0),
        (".5", 0.5),
        ("true", True), ("False", False), ("~", None), ("null", None), ("yes", "yes"), ("on", "on"),
        ("12:30", "12:30"), ("2026-01-01", "2026-01-01"), ("'1'", "1"), ('"true"', "true"), ("! 1", "1"),
        ("[&a 1, *a]", [1, 1]), ("{1: x, true: y}", {"1": "x", "true": "y"}),
    ],
)  # fmt: skip
def test_scalars_are_those_of_the_core_schema(text, value):
    assert load_yaml(text).data == value
    assert type(load_yaml(text).data) is type(value)


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a: 1\na: 2", "duplicate-key", 2),
        ("a: !!python/object:os.system x", "bad-tag", 1),
        ("a: !custom {}", "bad-tag", 1),
        ("x: &a [*a]", "bad-alias", 1),
        ("x: *nothing", "bad-alias", 1),
        ("&a x: 1\n*a : 2", "bad-key", 2),
        ("? [a]\n: 1", "bad-key", 1),
        ("a: {x: 1}\nb:\n  <<: {y: 2}", "bad-key", 3),
        ("n: .inf", "bad-number", 1),
        ("n: [1,\n .nan]", "bad-number", 2),
        ("n: 1e999", "bad-number", 1),
        ("n: " + "9" * 5000, "bad-number", 1),
        ("a: 1\n---\nb: 2", "many-documents", 2),
        ("[" * 101, "too-deep", 1),
        ("[" * 100_000, "too-deep", 1),
        (BOMB, "too-many-nodes", 5),
        ("a: [1, 2", "bad-yaml", 1),
        ("a: b: c", "bad-yaml", 1),
        ("a: 1\nb: \x00", "bad-yaml", 2),
        ("\tx: 1", "bad-yaml", 1),
        (b"a: 1\nb: \xff", "bad-encoding", 2),
        ("a: '\udc00'", "bad-encoding", 0),
        ('a: "\\UFFFFFFFF"', "bad-yaml", 1),
        ("x" * (MAX_BYTES + 1), "too-large", 0),
    ],
)
def test_what_is_refused_is_located(text, code, line):
    with pytest.raises(InputError) as caught:
        load_yaml(text, "f.yaml")
    assert caught.value.code == code
    assert isinstance(caught.value.where, Location)
    assert caught.value.where.path == "f.yaml"
    assert (
        caught.value.where.line in (line, line + 1) if code == "bad-yaml" else caught.value.where.line == line
    )


def test_deep_nesting_through_aliases_is_refused():
    text = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [[[[[*a{n - 1}]]]]]\n" for n in range(1, 30))
    with pytest.raises(InputError) as caught:
        load_yaml(text)
    assert caught.value.code == "too-deep"


PIECES = st.sampled_from(
    ["a", ": ", "\n", "- ", "  ", "&a ", "*a", "[", "]", "{", "}", ",", "!", "!!int ", "'", '"', "|", ">", "#",
     "? ",
     "<<", "---\n", "...\n", "%YAML 1.1\n", "\t", "1", "1e9", ".nan", "~", "\\x", "\x85", "\ufeff", "é", "😀"]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.one_of(st.lists(PIECES, max_size=40).map("".join), st.text(max_size=80), st.binary(max_size=80)))
@example("a: &a\n  *a")
@example("%TAG ! tag:x,2000:\n--- !y z")
def test_any_text_gives_plain_data_or_a_located_error(text):
    try:
        document = load_yaml(text, "f.yaml")
    except InputError as error:
        where = error.where
    else:
        _check_plain(document.data)
        where = document.where()
    assert isinstance(where, Location)
    assert where.path == "f.yaml"


def _check_plain(value):
    if isinstance(value, dict):
        assert all(type(key) is str for key in value)
        for part in value.values():
            _check_plain(part)
    elif isinstance(value, list):
        for part in value:
            _check_plain(part)
    else:
        assert value is None or type(value) in (bool, int, float, str)
        assert not isinstance(value, float) or math.isfinite(value)
