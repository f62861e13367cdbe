"""Where `mosaic top` asks: a system that runs, over its control socket, or a kernel of its own.

Owns the connections, one a request. Refuses to show what could not be asked as if nothing were there: a lost
system is `LinkLost`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any, Protocol

import trio

from mosaic_hookspecs.errors import Unavailable
from mosaic_hookspecs.wire import (
    Failure,
    LineBuffer,
    Message,
    Notification,
    Request,
    Response,
    decode,
    encode,
    error_from_data,
)

from .running_systems import RunningSystem

if TYPE_CHECKING:
    from mosaic_kernel import Kernel

_ANSWER_SECONDS = 15.0
_CHUNK = 2**16
_ENDED = frozenset({"connection-ends", "connection-ended", "stream-ended"})


class LinkLost(Exception):
    """The system that was asked has ended, or does not answer."""


class Link(Protocol):
    """Dispatches operations and follows streams; answers are JSON data."""

    @property
    def name(self) -> str:
        """Who answers, in words."""

    async def dispatch(self, operation: str, data: Mapping[str, Any]) -> Any:
        """Carry out an operation. Raises what it does, or `LinkLost`."""

    def follow(self, operation: str, data: Mapping[str, Any]) -> AsyncGenerator[Any, None]:
        """Follow a stream; to be closed (``aclosing``). Raises what it does, or `LinkLost`."""


class SystemLink:
    """Asks a system that runs."""

    def __init__(self, system: RunningSystem) -> None:
        self._system = system
        self.name = f"process {system.pid}"

    async def dispatch(self, operation: str, data: Mapping[str, Any]) -> Any:
        """Carry out an operation there."""
        with trio.move_on_after(_ANSWER_SECONDS):
            async with aclosing(self._messages("dispatch", operation, data)) as messages:
                async for message in messages:
                    if isinstance(message, Response):
                        return message.result
        raise LinkLost(self.name)

    async def follow(self, operation: str, data: Mapping[str, Any]) -> AsyncGenerator[Any, None]:
        """Follow a stream there."""
        async with aclosing(self._messages("follow", operation, data)) as messages:
            async for message in messages:
                if isinstance(message, Notification):
                    yield message.params["item"]
                elif isinstance(message, Response):
                    return

    async def _messages(
        self, method: str, operation: str, data: Mapping[str, Any]
    ) -> AsyncGenerator[Message, None]:
        request = Request(id=1, method=method, params={"operation": operation, "input": dict(data)})
        try:
            async with await trio.open_unix_socket(str(self._system.path)) as stream:
                self._system.require_same_user(stream.socket)  # type: ignore[arg-type]  # only its options are read
                await stream.send_all(encode(request))
                lines = LineBuffer()
                while received := await stream.receive_some(_CHUNK):
                    for line in lines.feed(bytes(received)):
                        message = decode(line)
                        if isinstance(message, Failure):
                            raise _told(error_from_data(message.error), self.name)
                        yield message
        except (OSError, trio.BrokenResourceError) as error:
            raise LinkLost(self.name) from error
        raise LinkLost(self.name)


def _told(error: Exception, name: str) -> Exception:
    ended = isinstance(error, Unavailable) and error.code in _ENDED
    return LinkLost(name) if ended else error


class KernelLink:
    """Asks a kernel of this process's own, which sees what others store."""

    name = "what is stored"

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    async def dispatch(self, operation: str, data: Mapping[str, Any]) -> Any:
        """Carry out an operation."""
        from mosaic_kernel import to_json_data

        return to_json_data(await self._kernel.dispatch(operation, dict(data)))

    async def follow(self, operation: str, data: Mapping[str, Any]) -> AsyncGenerator[Any, None]:
        """Follow a stream."""
        from mosaic_kernel import to_json_data

        items: AsyncIterator[Any]
        async with aclosing(self._kernel.follow(operation, dict(data))) as items:
            async for item in items:
                yield to_json_data(item)
