"""What a client is answered, and what becomes of its connection."""

import json

import pytest
import trio
from mosaic_hookspecs import Denied, Manifest, Principal, Provides, Provision, hookimpl
from mosaic_testing.listening import connect, place_of, serving

from mosaic_sample.protocol import BadMessageError, read_request


class Doorman:
    """An authenticator that knows one word."""

    async def authenticate(self, scheme, credentials):
        """Return who may do everything, for the word."""
        if credentials != "open":
            raise Denied("bad-word", "nobody knows you")
        return Principal(name="ada", permissions=frozenset("*"))


class DoormanPlugin:
    """Provides it."""

    @hookimpl
    async def mosaic_provide(self, context):
        return [Provision(port="auth", name="doorman", provider=Doorman())]


DOORMAN = (
    "doorman",
    DoormanPlugin,
    Manifest(provides=[Provides(port="auth", contract="1.0", name="doorman")]),
)


async def asked(kernel, *messages):
    """Send messages over one connection, and return what is answered to each."""
    transport = kernel.port("transport").get("sample")
    answers = []
    async with (
        serving(transport, within=5) as served,
        await connect(place_of(served.addresses[0])) as stream,
    ):
        for message in messages:
            await stream.send_all(json.dumps({"jsonrpc": "2.0", "id": 1, **message}).encode() + b"\n")
            data = b""
            while not data.endswith(b"\n"):
                data += await stream.receive_some()
            answers.append(json.loads(data))
    return answers


async def test_strangers_may_do_what_is_configured(mosaic_kernel):
    settings = {"plugins.sample.strangers": ["plugins:read"]}
    async with mosaic_kernel("sample", settings=settings) as kernel:
        listed, denied = await asked(kernel, {"method": "plugins.list"}, {"method": "config.show"})
    assert "sample" in [plugin["name"] for plugin in listed["result"]["plugins"]]
    assert denied["error"]["code"] == -32001


async def test_who_authenticates_may_do_more(mosaic_kernel):
    async with mosaic_kernel("sample", DOORMAN) as kernel:
        refused, known, listed = await asked(
            kernel,
            {"method": "authenticate", "params": {"scheme": "word", "credentials": "please"}},
            {"method": "authenticate", "params": {"scheme": "word", "credentials": "open"}},
            {"method": "plugins.list"},
        )
    assert refused["error"]["data"]["code"] == "bad-word"
    assert known["result"] == {"name": "ada"}
    assert "result" in listed


async def test_mistakes_are_told_with_their_codes(mosaic_kernel):
    settings = {"plugins.sample.strangers": ["*"]}
    async with mosaic_kernel("sample", settings=settings) as kernel:
        nothing, bad = await asked(
            kernel,
            {"method": "no.such"},
            {"method": "plugins.info", "params": {"name": 5}},
        )
    assert nothing["error"]["code"] == -32601
    assert bad["error"]["code"] == -32602


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"{", -32700),
        (b"[]", -32600),
        (b'{"jsonrpc": "2.0"}', -32600),
        (b'{"jsonrpc": "2.0", "method": "a.b", "params": []}', -32600),
    ],
)
def test_what_is_no_request_is_refused(line, code):
    with pytest.raises(BadMessageError) as caught:
        read_request(line)
    assert json.loads(caught.value.answer)["error"]["code"] == code


async def test_a_line_without_end_is_refused(mosaic_kernel):
    async with mosaic_kernel("sample") as kernel:
        transport = kernel.port("transport").get("sample")
        async with (
            serving(transport, within=5) as served,
            await connect(place_of(served.addresses[0])) as stream,
        ):
            with trio.fail_after(5):
                await stream.send_all(b"x" * 1_100_000)
                assert b"at most" in await stream.receive_some()
