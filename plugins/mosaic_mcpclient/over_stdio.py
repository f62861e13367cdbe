"""MCP with a process over its pipes, for the SDK's client: a message a line, and no more than is agreed.

The SDK has such a transport; this one bounds what the program may send (the length of a message, how many of
them) and says why the connection ended.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio
import attrs
import mcp_types as types
import trio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp.shared.message import SessionMessage

from .child import Child

_WAITING = 64
Told = Callable[[str, str], None]
"""Is told once why a program speaks no more, and what it last wrote to its standard error."""
Streams = tuple[MemoryObjectReceiveStream[SessionMessage | Exception], MemoryObjectSendStream[SessionMessage]]


@attrs.frozen(kw_only=True)
class StdioLimits:
    """What a program may send."""

    message_bytes: int
    messages_per_second: int


@asynccontextmanager
async def over_stdio(
    start: Callable[[], Awaitable[Child]], limits: StdioLimits, told: Told
) -> AsyncIterator[Streams]:
    """Start a child, speak with it, and end it."""
    child = await start()
    into, received = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    # With room, so that a call that is given up can still say so to a program that does not read.
    sent, outgoing = anyio.create_memory_object_stream[SessionMessage](_WAITING)
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_read, child, into, limits, told)
            nursery.start_soon(_write, child, outgoing)
            nursery.start_soon(child.listen)
            yield received, sent
            nursery.cancel_scope.cancel()
    finally:
        for stream in (into, received, sent, outgoing):
            stream.close()
        with trio.CancelScope(shield=True):
            await child.end()


async def _read(
    child: Child, into: MemoryObjectSendStream[SessionMessage | Exception], limits: StdioLimits, told: Told
) -> None:
    reason = ""
    try:
        reason = await _take_messages(child, into, limits)
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        reason = "its output broke"
    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
        return  # the client has left
    into.close()
    if not reason:
        # An end of output is mostly the end of the process, which says more; a client that was not connected
        # yet leaves at once, and is to hear it all the same.
        with trio.move_on_after(1, shield=True):
            await child.wait()
        code = child.exit_code
        reason = "it closed its output" if code is None else f"it ended with exit code {code}"
    told(reason, child.last_words)


async def _take_messages(
    child: Child, into: MemoryObjectSendStream[SessionMessage | Exception], limits: StdioLimits
) -> str:
    """Hand messages on until the output ends; return why it must not go on, "" if it ended by itself."""
    buffer = bytearray()
    second, count = trio.current_time(), 0
    async for piece in child.stdout:
        start = len(buffer)
        buffer += piece
        while (end := buffer.find(b"\n", start)) >= 0:
            line = bytes(buffer[:end])
            del buffer[: end + 1]
            start = 0
            if trio.current_time() - second >= 1:
                second, count = trio.current_time(), 0
            count += 1
            if count > limits.messages_per_second:
                return f"it sent more than {limits.messages_per_second} messages in a second"
            if len(line) <= limits.message_bytes and (message := _message(line)) is not None:
                await into.send(message)
        if len(buffer) > limits.message_bytes:
            return f"it sent a message of more than {limits.message_bytes} bytes"
    return ""


def _message(line: bytes) -> SessionMessage | None:
    """Return a line's message; None for what is none, such as a greeting that was printed."""
    try:
        return SessionMessage(types.jsonrpc_message_adapter.validate_json(line, by_name=False))
    except ValueError:
        return None


async def _write(child: Child, outgoing: MemoryObjectReceiveStream[SessionMessage]) -> None:
    try:
        async for message in outgoing:
            text = message.message.model_dump_json(by_alias=True, exclude_unset=True)
            await child.stdin.send_all(text.encode() + b"\n")
    except (trio.BrokenResourceError, trio.ClosedResourceError, anyio.ClosedResourceError):
        return  # that it reads no more is told by the end of its output
