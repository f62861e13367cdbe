"""An application that answers without having asked for the request's body does not cost the connection."""

from contextlib import asynccontextmanager

import trio
from http_door_wire import head, place_of, received
from test_http_door_mounts import Pages, pages


class Hasty(Pages):
    """Never asks for the body."""

    async def asgi(self, scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


@asynccontextmanager
async def asked_hastily(serve):
    async with serve(**pages(hasty=Hasty("/hasty"))) as kernel:
        stream = await trio.open_tcp_stream(*place_of(kernel))
        async with stream:
            yield kernel, stream


async def test_the_connection_goes_on(serve):
    async with asked_hastily(serve) as (kernel, stream):
        for method, length in (("GET", None), ("POST", "3"), ("GET", None)):
            body = b"abc" if length else b""
            await stream.send_all(head(kernel, method, "/hasty", content_length=length) + body)
            data = b""
            with trio.fail_after(5):
                while not data.endswith(b"ok"):
                    part = await stream.receive_some()
                    assert part, "the server has left"
                    data += bytes(part)


async def test_a_body_that_has_not_come_ends_it(serve):
    async with asked_hastily(serve) as (kernel, stream):
        await stream.send_all(head(kernel, "POST", "/hasty", content_length="3"))
        assert (await received(stream)).endswith(b"ok")
