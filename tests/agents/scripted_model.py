"""A language model that says what a test's script tells it, served over HTTP on 127.0.0.1.

It speaks OpenAI chat completions, OpenAI responses and Anthropic messages, streaming or not::

    async with scripted_model(script) as model:
        ...  # model.url is "http://127.0.0.1:PORT"; OpenAI clients take model.url + "/v1"
    model.requests  # the turns, in order

A script is a function of a `Turn` (it may be async) that returns what `say`, `use` or `fail` make; `steps`
makes a script of a list. An error in the script fails the test.

Every folder of tests may ``from scripted_model import say, scripted_model``: `pythonpath` in setup.cfg names
this folder. No mosaic is imported here, so that tests of any plugin may use it.
"""

import inspect
import json
from contextlib import asynccontextmanager

import attrs
import h11
import scripted_chat
import scripted_messages
import scripted_responses
import trio
from scripted_turns import Answer, Turn, fail, say, steps, use

__all__ = ["Answer", "ScriptedModel", "Turn", "fail", "say", "scripted_model", "steps", "use"]

MODEL = "scripted-1"
_WIRES = {
    "/chat/completions": scripted_chat,
    "/responses": scripted_responses,
    "/messages": scripted_messages,
}


@attrs.define
class ScriptedModel:
    """The model while it is served: where, and what it was asked."""

    script: object
    port: int
    requests: list[Turn] = attrs.field(factory=list)
    others: list[str] = attrs.field(factory=list)
    error: Exception | None = None
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)

    @property
    def url(self):
        """The address, without a path."""
        return f"http://127.0.0.1:{self.port}"

    async def answer(self, wire, body, headers):
        """Ask the script."""
        turn = wire.read(body)
        turn = attrs.evolve(
            turn,
            index=len(self.requests),
            model=body.get("model", ""),
            is_streaming=bool(body.get("stream")),
            body=body,
            headers=headers,
        )
        self.requests.append(turn)
        try:
            answer = self.script(turn)
            return await answer if inspect.isawaitable(answer) else answer
        except Exception as error:  # noqa: BLE001 - the script's own fault ends the block
            self.error = error
            self.scope.cancel()
            return fail(500, repr(error))


@asynccontextmanager
async def scripted_model(script):
    """Serve a model for the length of the block."""
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    model = ScriptedModel(script, listener.socket.getsockname()[1])
    try:
        with model.scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.serve_listeners, lambda stream: _converse(model, stream), [listener])
                try:
                    yield model
                finally:
                    nursery.cancel_scope.cancel()
    finally:
        if model.error is not None:
            raise model.error


async def _converse(model, stream):
    wire = h11.Connection(h11.SERVER, max_incomplete_event_size=2**20)
    try:
        while await _exchange(model, stream, wire):
            wire.start_next_cycle()
    except (trio.BrokenResourceError, trio.ClosedResourceError, h11.RemoteProtocolError):
        pass  # the client has gone: agents are killed in the middle of a request
    finally:
        await trio.aclose_forcefully(stream)


async def _exchange(model, stream, wire):
    """Answer one request; return whether the connection can take another."""
    request, body = None, bytearray()
    while True:
        event = wire.next_event()
        if event is h11.NEED_DATA:
            if wire.they_are_waiting_for_100_continue:
                await stream.send_all(wire.send(h11.InformationalResponse(status_code=100, headers=[])))
            wire.receive_data(await stream.receive_some(2**16))
        elif isinstance(event, h11.Request):
            request = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            break
        else:
            return False
    target = request.target.decode().partition("?")[0]
    kind, headers, data, is_cut = await _reply(model, request, target, bytes(body))
    out = [("content-type", kind), ("content-length", str(len(data))), *headers[1:]]
    if request.method == b"HEAD":
        data = b""
    sent = wire.send(h11.Response(status_code=headers[0], headers=out))
    if is_cut:
        await stream.send_all(sent + data[: len(data) // 2])
        return False
    await stream.send_all(sent + (wire.send(h11.Data(data=data)) if data else b""))
    await stream.send_all(wire.send(h11.EndOfMessage()))
    return wire.our_state is h11.DONE and wire.their_state is h11.DONE


async def _reply(model, request, target, body):
    ending = next((end for end in _WIRES if target.endswith(end)), None)
    if request.method != b"POST" or ending is None:
        model.others.append(f"{request.method.decode()} {target}")
        return _aside(target)
    headers = {name.decode(): value.decode("latin-1") for name, value in request.headers}
    wire, asked = _WIRES[ending], json.loads(body)
    answer = await model.answer(wire, asked, headers)
    if answer.raw is not None:
        return "application/json", [answer.status, *answer.headers], answer.raw.encode(), answer.is_cut
    if answer.status != 200:
        said = wire.error(answer.status, answer.text)
        return "application/json", [answer.status, *answer.headers], json.dumps(said).encode(), False
    if asked.get("stream"):
        return (
            "text/event-stream",
            [200, *answer.headers],
            b"".join(wire.stream(answer, asked)),
            answer.is_cut,
        )
    said = json.dumps(wire.whole(answer, asked)).encode()
    return "application/json", [200, *answer.headers], said, answer.is_cut


def _aside(target):
    """Answer what programs ask beside the model: which models there are, how long a text is."""
    if target.endswith("/models"):
        said = {"object": "list", "data": [{"id": MODEL, "object": "model", "type": "model"}], "models": []}
    elif target.endswith("/count_tokens"):
        said = {"input_tokens": 100}
    else:
        return "application/json", [404], b'{"error": {"message": "not here"}}', False
    return "application/json", [200], json.dumps(said).encode(), False
