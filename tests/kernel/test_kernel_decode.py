"""What a record's own validators refuse is told as they said it, at the place where the record stands."""

from collections.abc import Mapping, Sequence

import attrs
import pytest

from mosaic_hookspecs import InputError
from mosaic_kernel.decode import decode


def _is_even(instance, attribute, value):
    if value % 2:
        where = attribute.name
        raise InputError("odd", "it is odd", where=where, expected="2, 4 …", got=str(value), hint="Add one.")


@attrs.frozen(kw_only=True)
class Inner:
    number: int = attrs.field(default=0, validator=_is_even)
    low: int = 0
    high: int = 9

    def __attrs_post_init__(self):
        if self.low > self.high:
            raise InputError("upside-down", "low is above high", got=f"{self.low} > {self.high}")


@attrs.frozen(kw_only=True)
class Outer:
    inner: Inner = attrs.field(factory=Inner)
    listed: Sequence[Inner] = ()
    named: Mapping[str, Inner] = attrs.field(factory=dict)


@pytest.mark.parametrize(
    ("kind", "data", "where"),
    [
        (Inner, {"number": 3}, "number"),
        (Outer, {"inner": {"number": 3}}, "inner.number"),
        (Outer, {"listed": [{}, {"number": 3}]}, "listed[1].number"),
        (Outer, {"named": {"a": {"number": 3}}}, "named.a.number"),
    ],
)
def test_a_validators_own_words_are_told(kind, data, where):
    with pytest.raises(InputError) as caught:
        decode(kind, data, code="bad-config")
    error = caught.value
    assert (error.code, error.where) == ("bad-config", where)
    assert (error.what, error.expected, error.got, error.hint) == ("it is odd", "2, 4 …", "3", "Add one.")


def test_all_mistakes_are_told_also_where_one_names_no_place():
    with pytest.raises(InputError) as caught:
        decode(Outer, {"inner": {"low": 9, "high": 1}, "listed": 5})
    lines = str(caught.value).splitlines()
    assert lines[0] == "inner: low is above high; got 9 > 1 [bad-input]"
    assert len(lines) == 2
    assert lines[1].startswith("listed:")
