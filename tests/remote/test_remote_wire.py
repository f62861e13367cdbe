"""The envelopes of JSON-RPC: whatever is written is read back, and what is no message is refused with words."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic_hookspecs import Denied, InputError, Location, MosaicError, NotFound, Refused, Unavailable, wire
from mosaic_kernel import InputErrors

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
IDS = st.integers() | st.text()
PARAMS = st.dictionaries(st.text(), JSON, max_size=4)
MESSAGES = st.one_of(
    st.builds(wire.Request, id=IDS, method=st.text(), params=PARAMS),
    st.builds(wire.Notification, method=st.text(), params=PARAMS),
    st.builds(wire.Response, id=IDS, result=JSON),
    st.builds(wire.Failure, id=IDS | st.none(), error=PARAMS),
)
TEXT = st.text(max_size=20)
ERRORS = st.builds(
    lambda kind, code, what, where, expected, got, hint: kind(
        code, what, where=where, expected=expected, got=got, hint=hint
    ),
    st.sampled_from([MosaicError, InputError, Refused, NotFound, Unavailable, Denied]),
    TEXT,
    TEXT,
    st.none() | TEXT | st.builds(Location, path=TEXT, line=st.integers(0, 9), column=st.integers(0, 9)),
    TEXT,
    TEXT,
    TEXT,
)


@settings(deadline=None)
@given(MESSAGES)
def test_what_is_written_is_read_back(message):
    line = wire.encode(message)
    assert line.count(b"\n") == 1
    assert wire.decode(line) == message


@settings(max_examples=40, deadline=None)
@given(st.lists(MESSAGES, max_size=5), st.data())
def test_lines_are_cut_wherever_the_pieces_end(messages, data):
    stream = b"".join(map(wire.encode, messages))
    buffer, found = wire.LineBuffer(), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        found += [wire.decode(line) for line in buffer.feed(stream[:size])]
        stream = stream[size:]
    assert found == messages
    assert not buffer.is_inside_a_line


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_whatever_is_no_message_is_refused_in_words(line):
    with pytest.raises(InputError) as caught:
        wire.decode(b"x" + line)
    assert caught.value.code == "not-json-rpc"
    assert caught.value.expected


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"jsonrpc": "1.0", "method": "a"},
        {"jsonrpc": "2.0"},
        {"jsonrpc": "2.0", "method": 1},
        {"jsonrpc": "2.0", "method": "a", "params": [1]},
        {"jsonrpc": "2.0", "method": "a", "id": None},
        {"jsonrpc": "2.0", "method": "a", "id": True},
        {"jsonrpc": "2.0", "method": "a", "id": 1.5},
        {"jsonrpc": "2.0", "id": 1},
        {"jsonrpc": "2.0", "id": None, "result": 1},
        {"jsonrpc": "2.0", "id": 1, "result": 1, "error": {}},
        {"jsonrpc": "2.0", "id": 1, "error": "no"},
        [{"jsonrpc": "2.0", "method": "a"}],
    ],
)
def test_refuses_what_is_json_but_no_message(body):
    with pytest.raises(InputError) as caught:
        wire.decode(json.dumps(body).encode())
    assert caught.value.code == "not-json-rpc"


@pytest.mark.parametrize("text", ['{"jsonrpc":"2.0","id":1,"result":NaN}', "[" * 100_000, '{"a":' * 50_000])
def test_refuses_what_json_readers_stumble_over(text):
    with pytest.raises(InputError) as caught:
        wire.decode(text.encode())
    assert len(str(caught.value)) < 400


def test_a_line_without_an_end_is_not_kept_for_ever():
    buffer = wire.LineBuffer(limit=1000)
    assert list(buffer.feed(b"x" * 900)) == []
    with pytest.raises(InputError) as caught:
        list(buffer.feed(b"x" * 200))
    assert caught.value.code == "line-too-long"


def test_a_message_over_the_limit_is_not_sent():
    with pytest.raises(InputError) as caught:
        wire.encode(wire.Response(id=1, result="x" * 200), limit=100)
    assert caught.value.code == "line-too-long"


@pytest.mark.parametrize("value", [float("nan"), object(), b"x", {1, 2}])
def test_what_is_no_json_is_not_sent(value):
    with pytest.raises(InputError) as caught:
        wire.encode(wire.Response(id=1, result=value))
    assert caught.value.code == "not-json"


def test_half_a_surrogate_pair_arrives():
    message = wire.Response(id=1, result="\udc80é")
    assert wire.decode(wire.encode(message)) == message


def fields(error):
    return type(error), error.code, error.what, error.where, error.expected, error.got, error.hint


@settings(deadline=None)
@given(ERRORS)
def test_an_error_arrives_as_it_was(error):
    line = wire.encode(wire.Failure(id=1, error=wire.error_to_data(error)))
    assert fields(wire.error_from_data(wire.decode(line).error)) == fields(error)


def test_several_mistakes_arrive_together():
    several = InputErrors([InputError("a", "one", where="x"), InputError("b", "two", where="y")])
    found = wire.error_from_data(wire.error_to_data(several))
    assert isinstance(found, InputError)
    assert [other.code for other in found.others] == ["a", "b"]


def test_an_error_of_the_system_keeps_its_number():
    found = wire.error_from_data(wire.error_to_data(FileNotFoundError(2, "No such file or directory", "/x")))
    assert isinstance(found, FileNotFoundError)
    assert (found.errno, found.filename) == (2, "/x")


def test_any_other_error_is_told_by_its_words():
    found = wire.error_from_data(wire.error_to_data(ZeroDivisionError("division by zero")))
    assert isinstance(found, Unavailable)
    assert "ZeroDivisionError: division by zero" in str(found)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["code", "message", "data"]), JSON))
def test_any_error_object_can_be_read(error):
    assert isinstance(wire.error_from_data(error), Exception)
