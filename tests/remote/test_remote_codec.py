"""Values cross as they are: data, records of the contracts, errors; what is no data becomes a reference."""

import enum
import math
from pathlib import Path

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic_hookspecs import (
    AgentOffer,
    Assignment,
    Check,
    Document,
    InputError,
    Merge,
    Need,
    NotFound,
    Principal,
    Refused,
    Retry,
    RunRecord,
    RunSpec,
    RunState,
    TaskRecord,
    TaskSpec,
    TaskState,
    Usage,
    wire,
)
from mosaic_kernel.remote.borrowing import Borrowed, Borrower
from mosaic_kernel.remote.codec import Decoder, Encoder
from mosaic_kernel.remote.contracts import contract_kinds, kind_of, quiet_parameters
from mosaic_kernel.remote.schema_records import plain_input, record_class

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()
VALUES = st.recursive(
    SCALARS
    | st.frozensets(st.integers())
    | st.sets(st.text())
    | st.builds(Path, st.sampled_from(["/a", "b/c"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.text() | st.sampled_from(["$ref", "$record"]), inner, max_size=4)
        | st.dictionaries(st.integers(), inner, max_size=3)
    ),
    max_leaves=20,
)
RECORDS = st.sampled_from(
    [
        TaskSpec(task_id="t", needs=(Need(task_id="s"),), checks=(Check(name="c"),), retry=Retry(attempts=1)),
        RunRecord(spec=RunSpec(run_id="r"), state=RunState.PAUSED, created_at=5, spent=Usage(input_tokens=1)),
        TaskRecord(
            run_id="r",
            task_id="t",
            position=1,
            state=TaskState.MERGING,
            merge=Merge(token=1, candidate="c", base="b"),
        ),
        Document(collection="c", key="k", version=1, body={"$map": [1, {"a": None}]}),
        Principal(name="a", permissions=frozenset({"x"})),
        AgentOffer(name="a"),
    ]
)


def unlent(value):
    raise InputError("not-data", "this is no data", got=repr(value))


def unborrowed(*reference):
    return reference


def crossed(value, lend=unlent, borrow=unborrowed):
    line = wire.encode(wire.Response(id=1, result=Encoder(lend)(value)))
    return Decoder(borrow)(wire.decode(line).result)


def same(one, other):
    if isinstance(one, float) and isinstance(other, float):
        return one == other or (math.isnan(one) and math.isnan(other))
    if type(one) is not type(other):
        return False
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[key], other[key]) for key in one)
    return one == other


@settings(deadline=None)
@given(VALUES)
def test_data_arrives_as_it_is(value):
    assert same(crossed(value), value)


@settings(deadline=None)
@given(RECORDS, VALUES)
def test_records_arrive_as_they_are(record, value):
    assert crossed([record, {"x": (record,)}]) == [record, {"x": (record,)}]
    assert same(crossed(Document(collection="c", key="k", version=1, body=value)).body, value)


def test_an_error_that_stands_twice_arrives_as_one():
    error, other = Refused("a", "one"), NotFound("b", "two")
    first, second, third, fourth = crossed([error, other, error, other])
    assert isinstance(first, Refused)
    assert isinstance(second, NotFound)
    assert first is third
    assert second is fourth


def test_what_is_no_data_becomes_a_reference():
    class Journal:
        pass

    journal = Journal()
    spec = TaskSpec(task_id="t")
    given = Assignment(run_id="r", spec=spec, token=1, attempt=1, journal=journal)
    found = crossed(given, lend=lambda thing: {"$ref": id(thing)})
    assert found.spec == spec
    assert found.journal == ("$ref", {"$ref": id(journal)})


def test_a_record_of_elsewhere_arrives_with_its_fields():
    @attrs.frozen
    class Elsewhere:
        name: str
        _hidden: int

    found = crossed(Elsewhere("a", 2))
    assert type(found).__name__ == "Elsewhere"
    assert (found.name, found.hidden) == ("a", 2)


def test_an_enumeration_of_elsewhere_arrives_as_its_value():
    class Colour(enum.Enum):
        RED = "red"

    assert crossed([Colour.RED, TaskState.READY]) == ["red", TaskState.READY]


@pytest.mark.parametrize(
    "data",
    [
        {"$record": "os.system", "fields": {}},
        {"$record": "tasks.os", "fields": {}},
        {"$record": "errors.InputError", "fields": {}},
        {"$record": "no.Such", "fields": {}},
        {"$record": "tasks.TaskSpec", "fields": {}},
        {"$record": "tasks.TaskSpec"},
        {"$record": ["a"], "fields": {}},
        {"$enum": "tasks.TaskState", "value": "no"},
        {"$bytes": "not base64!"},
        {"$map": 5},
        {"$same": 3},
        {"$float": "many"},
        {"$data": "class", "fields": {}},
        {"$data": "A", "fields": {"__class__ ": 1}},
        {"$nothing": 1},
        {"$error": 5},
    ],
)
def test_what_cannot_be_read_is_refused_in_words(data):
    with pytest.raises(InputError) as caught:
        Decoder(unborrowed)(data)
    assert caught.value.code == "bad-value"


@settings(deadline=None)
@given(VALUES.filter(lambda value: value is not None))
def test_any_json_is_read_or_refused(value):
    data = Encoder(unlent)(value)
    for name in ("$record", "$enum", "$map", "$bytes", "$same", "$data", "$tuple", "$set"):
        try:
            Decoder(unborrowed)({name: data, "fields": data, "value": data})
        except InputError as error:
            assert error.code == "bad-value"  # noqa: PT017 - some of it is readable


def test_the_contracts_say_how_members_are_called():
    kinds = contract_kinds()
    assert kinds["apply"] == "async"
    assert kinds["open"] == kinds["checkout"] == kinds["subscribe"] == "context"
    assert kinds["check"] == kinds["recognises"] == kinds["contributions"] == "sync"
    assert kinds["output"] == "tell"
    assert kinds["offer"] == "value"
    assert {("execute", "on_output"), ("run", 2)} <= quiet_parameters()
    assert ("reap", 0) not in quiet_parameters()


def test_members_that_no_contract_knows_say_it_themselves():
    class Thing:
        value = 1

        async def waits(self):
            """Wait."""

        async def items(self):
            yield 1

        def nothing(self) -> None:
            """Return nothing."""

        def something(self):
            return 1

    thing = Thing()
    names = ["value", "waits", "items", "nothing", "something"]
    assert [kind_of(getattr(thing, name)) for name in names] == ["value", "async", "stream", "tell", "sync"]


def test_classes_are_made_of_schemas():
    made = record_class(
        {
            "title": "a title of words",
            "description": "What it is.",
            "properties": {
                "name": {"type": "string"},
                "kind": {"enum": ["a", "b"], "default": "a"},
                "sizes": {"type": "array", "items": {"type": ["integer", "null"]}},
                "inner": {"type": "object", "properties": {"n": {"type": "number"}}, "required": ["n"]},
            },
            "required": ["name"],
        },
        "input",
    )
    assert made.__name__ == "ATitleOfWords"
    assert plain_input(made(name="x")) == {"name": "x", "kind": "a"}
    assert plain_input(made(name="x", sizes=[1, None])) == {"name": "x", "kind": "a", "sizes": [1, None]}


@pytest.mark.parametrize("schema", [5, [], {"type": "string"}, {"properties": 5}, {"properties": {"a b": {}}}])
def test_what_is_no_schema_of_an_object_is_refused(schema):
    with pytest.raises(InputError) as caught:
        record_class(schema, "the input of x")
    assert caught.value.code == "bad-schema"


def test_a_borrowed_object_has_no_private_members():
    thing = Borrowed(Borrower(None, None), 1, {}, {"name": "value"})
    for name in ("_private", "__len__"):
        with pytest.raises(AttributeError):
            getattr(thing, name)
