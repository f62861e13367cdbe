"""One GET request over loopback, read to its end, bounded."""

from __future__ import annotations

import http.client
import io
from contextlib import suppress
from typing import cast

import attrs
import trio

_LONGEST_ANSWER = 1024 * 1024
_ANSWER_SECONDS = 10.0


@attrs.frozen(kw_only=True)
class Answer:
    """What a server answered; the body is cut where it is very long."""

    status: int
    body: bytes


class _Received:
    """What was received, as the standard library's parser wants to be given it."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._data)


async def request(host: str, port: int, path: str) -> Answer | None:
    """Ask for a path; None if nobody answers in HTTP (yet)."""
    received = bytearray()
    with trio.move_on_after(_ANSWER_SECONDS):
        try:
            async with await trio.open_tcp_stream(host, port) as stream:
                target = path.encode().decode("latin-1")
                head = (
                    f"GET {target} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\nAccept: */*\r\n\r\n"
                )
                await stream.send_all(head.encode("latin-1"))
                while len(received) < _LONGEST_ANSWER and (data := await stream.receive_some(65536)):
                    received += data
        except (OSError, trio.BrokenResourceError):
            # Not listening yet; or it closed hard after its answer, which may still be whole.
            pass
    return _parse(bytes(received))


def _parse(received: bytes) -> Answer | None:
    response = http.client.HTTPResponse(cast("http.client.socket.socket", _Received(received)))  # type: ignore[name-defined] # typeshed hides the module's own import
    body = b""
    try:
        response.begin()
        with suppress(http.client.IncompleteRead, ValueError):
            body = response.read()
    except (http.client.HTTPException, ValueError, OSError):
        return None
    finally:
        response.close()
    return Answer(status=response.status, body=body)
