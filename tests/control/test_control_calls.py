"""What a client asks for is what the kernel is asked for, and what it answers comes back as data."""

from mosaic_hookspecs import Refused
from mosaic_hookspecs.wire import CANCEL, CANCELLED, Failure, Notification, Response, encode, error_from_data


async def test_dispatch_answers_with_data(client, served):
    answer = await client.call("greet", {"name": "Ada"}, number="a")
    assert answer == Response(id="a", result={"text": "greet", "sizes": [1, 3]})
    operation, data, principal = served.asked[0]
    assert (operation, data) == ("greet", {"name": "Ada"})
    assert (principal.name, principal.kind, principal.may("plugins:reload")) == ("local", "user", True)


async def test_an_error_keeps_every_field(client):
    answer = await client.call("refuse")
    error = error_from_data(answer.error)
    assert type(error) is Refused
    assert (error.code, error.what, error.where) == ("not-now", "not now", "here")
    assert (error.expected, error.got, error.hint) == ("then", "now", "Wait.")


async def test_a_mistake_in_a_handler_belongs_to_its_caller(client, served):
    for operation in ("break", "odd", "large"):
        answer = await client.call(operation)
        assert isinstance(answer, Failure), operation
    assert (await client.call("greet")).result["text"] == "greet"
    assert served.log.events().count("control.call_failed") == 2


async def test_a_stream_comes_as_items_and_ends_with_an_answer(client):
    await client.send("follow", "count", {"to": 3}, number=7)
    messages = [await client.receive() for _ in range(4)]
    assert [one.params["item"]["sizes"] for one in messages[:3]] == [[1], [2], [3]]
    assert {one.params["id"] for one in messages[:3]} == {7}
    assert messages[3] == Response(id=7, result={"items": 3})


async def test_calls_run_side_by_side_and_one_is_cancelled(client, served):
    await client.send("dispatch", "wait", number=1)
    await client.send("dispatch", "greet", number=2)
    assert (await client.receive()).id == 2
    await client.stream.send_all(encode(Notification(method=CANCEL, params={"id": 1})))
    answer = await client.receive()
    assert (answer.id, answer.error["code"]) == (1, CANCELLED)
    assert served.cancelled == ["wait"]


async def test_what_cannot_be_cancelled_is_passed_over(client):
    for number in (99, None, [1], {}):
        await client.stream.send_all(encode(Notification(method=CANCEL, params={"id": number})))
    await client.stream.send_all(encode(Notification(method="other", params={})))
    assert (await client.call("greet")).result["text"] == "greet"


async def test_a_client_that_goes_takes_its_calls_along(client, served):
    await client.send("dispatch", "wait", number=1)
    await client.send("follow", "count", number=2)
    await served.waiting.wait()
    await client.stream.aclose()
    await served.left(2)
    assert "wait" in served.cancelled


async def test_requests_that_name_nothing_are_refused(client):
    await client.send("undo", "greet")
    assert error_from_data((await client.receive()).error).code == "unknown-method"
    await client.send("dispatch", 7)
    assert error_from_data((await client.receive()).error).code == "bad-request"
    await client.send("follow", "nothing")
    assert error_from_data((await client.receive()).error).code == "unknown-operation"


async def test_an_id_may_be_used_again_when_it_was_answered(client):
    for _ in range(20):
        assert (await client.call("greet", number=1)).result["text"] == "greet"


async def test_a_reload_of_this_plugin_is_answered_at_the_swap(client, served):
    await client.call("plugins.reload", {"name": "control", "waits": True})
    await client.call("plugins.reload", {"name": "greeter", "waits": True})
    assert [data["waits"] for _, data, _ in served.asked] == [False, True]
