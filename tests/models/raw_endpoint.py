"""An endpoint that sends whatever bytes a test wants: what no scripted model would ever say."""

from contextlib import asynccontextmanager

import attrs
import h11
import trio


@attrs.define
class RawEndpoint:
    """Where it listens, and how many requests it has taken and seen the end of."""

    port: int = 0
    taken: int = 0
    ended: int = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/v1"


@asynccontextmanager
async def raw_endpoint(answer):
    """Answer each connection's first request with ``await answer(send)``, then close."""
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1")
    endpoint = RawEndpoint(port=listener.socket.getsockname()[1])

    async def converse(stream):
        try:
            await _read_request(stream)
            endpoint.taken += 1
            await answer(stream.send_all)
        except (trio.BrokenResourceError, trio.ClosedResourceError, h11.RemoteProtocolError):
            pass  # the client has gone, or speaks something else
        finally:
            endpoint.ended += 1
            await trio.aclose_forcefully(stream)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, converse, [listener])
        yield endpoint
        nursery.cancel_scope.cancel()


async def _read_request(stream):
    wire = h11.Connection(h11.SERVER)
    while True:
        event = wire.next_event()
        if event is h11.NEED_DATA:
            wire.receive_data(await stream.receive_some(65536))
        elif isinstance(event, h11.EndOfMessage):
            return


def head(kind="text/event-stream", status="200 OK", **headers):
    """Return the head of an answer that ends with its connection."""
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\n{more}connection: close\r\n\r\n".encode()


def sending(*pieces, then=None):
    """Return an answer of these bytes; `then` is awaited before the end."""

    async def answer(send):
        for piece in pieces:
            await send(piece)
        if then is not None:
            await then()

    return answer
