"""One connection: requests in order, each answered before the next is read.

Holds no rule of its own: what a request may do, the kernel decides by the principal.
"""

from __future__ import annotations

from contextlib import suppress

import trio
from mosaic_hookspecs import Context, Denied, MosaicError, Principal, Unavailable

from .protocol import BAD_REQUEST, INTERNAL, BadMessageError, Request, failure, read_request, refusal, success

_LONGEST = 1_000_000
_PIECE = 65_536


class Conversation:
    """Answers one client until it leaves."""

    def __init__(self, context: Context, stream: trio.SocketStream, stranger: Principal) -> None:
        self._context = context
        self._stream = stream
        self._principal = stranger
        self._buffer = bytearray()

    async def run(self) -> None:
        """Talk until the client ends it. Cancelling closes the connection."""
        async with self._stream:
            with suppress(trio.BrokenResourceError):  # the client has gone away: nobody is left to tell
                while (line := await self._next_line()) is not None:
                    answer = await self._answer(line)
                    if answer:
                        await self._stream.send_all(answer)

    async def _next_line(self) -> bytes | None:
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > _LONGEST:
                text = f"a line has at most {_LONGEST} bytes"
                await self._stream.send_all(failure(None, BAD_REQUEST, text))
                return None
            data = await self._stream.receive_some(_PIECE)
            if not data:
                return None
            self._buffer += data
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line

    async def _answer(self, line: bytes) -> bytes:
        try:
            request = read_request(line)
        except BadMessageError as bad:
            return bad.answer
        try:
            answer = success(request, await self._carry_out(request))
        except MosaicError as error:
            answer = refusal(request, error)
        except Exception as error:
            self._context.log.error("request.crashed", method=request.method, error=error)
            answer = failure(request.identifier, INTERNAL, "this went wrong here; the log says why")
        return b"" if request.identifier is None else answer

    async def _carry_out(self, request: Request) -> object:
        if request.method == "authenticate":
            return await self._authenticate(request)
        return await self._context.dispatch(request.method, request.params, self._principal)

    async def _authenticate(self, request: Request) -> object:
        scheme, credentials = request.params.get("scheme"), request.params.get("credentials")
        if not isinstance(scheme, str) or not isinstance(credentials, str):
            raise Denied("bad-credentials", "scheme and credentials are text")
        port = self._context.port("auth")
        if not port.names():
            raise Unavailable("no-auth", "nothing here can authenticate anybody", hint="Fill the port auth.")
        self._principal = await port.get().authenticate(scheme, credentials)
        return {"name": self._principal.name}
