"""JSON-RPC over lines: what the Agent Client Protocol is spoken in, for one conversation with one process.

Owns cutting the stream into messages, matching answers to questions, and answering the agent's questions side
by side. Refuses messages without end. A line that is no message is noise, which programs print: it is passed on
as such, and breaks nothing.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Protocol

import trio

from mosaic_hookspecs import Conversation, MosaicError

METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603
AUTH_REQUIRED = -32000
NOT_FOUND = -32002
DENIED = -32010
BUSY = -32011
CANCELLED = -32800
_QUESTIONS_AT_ONCE = 256


class CallError(Exception):
    """An error as one side of the protocol answers the other."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class AgentGone(Exception):
    """The agent's process has closed its end (`has_ended`), or was cut off; the words say why."""

    def __init__(self, reason: str, *, has_ended: bool = True) -> None:
        super().__init__(reason)
        self.has_ended = has_ended


class Peer(Protocol):
    """What hears the agent."""

    def heard(self) -> None:
        """A message came."""

    def noise(self, line: bytes) -> None:
        """A line came that is no message."""

    def notified(self, method: str, params: dict[str, Any]) -> None:
        """The agent says something."""

    async def answer(self, method: str, params: dict[str, Any]) -> Any:
        """Answer the agent's question; raises `CallError` or `MosaicError`."""

    def late_answer(self, method: str) -> Any:
        """Answer, at once, a question that comes after the attempt was cancelled."""


class Asked:
    """A question to the agent, under way."""

    def __init__(self) -> None:
        self.done = trio.Event()
        self._value: Any = None
        self._error: Exception | None = None

    def settle(self, value: Any = None, error: Exception | None = None) -> None:
        """Put the answer in."""
        if not self.done.is_set():
            self._value, self._error = value, error
            self.done.set()

    async def result(self) -> Any:
        """Return the answer. Raises `CallError`, or `AgentGone`."""
        await self.done.wait()
        if self._error is not None:
            raise self._error
        return self._value


class Connection:
    """One end of the protocol. `listen` must run for anything to be answered."""

    def __init__(self, conversation: Conversation, peer: Peer, nursery: trio.Nursery, longest: int) -> None:
        self._conversation = conversation
        self._peer = peer
        self._nursery = nursery
        self._longest = longest
        self._numbers = itertools.count(1)
        self._asked: dict[int, Asked] = {}
        self._open_questions = 0
        self._sending = trio.Lock()
        self._scope = trio.CancelScope(shield=True)
        self._gone: AgentGone | None = None
        self.is_cancelled = False

    async def listen(self) -> None:
        """Hear the agent until it ends or `stop`; not interrupted by cancellation, since a cancelled agent is
        still listened to for a moment.
        """
        gone = AgentGone("it was let go", has_ended=False)
        try:
            with self._scope:
                buffer = bytearray()
                while piece := await self._conversation.receive():
                    buffer += piece
                    if len(buffer) > self._longest and b"\n" not in buffer:
                        reason = f"it sent a message of more than {self._longest} bytes"
                        gone = AgentGone(reason, has_ended=False)
                        return
                    for line in _lines(buffer):
                        await self._take(line)
                gone = AgentGone("it has closed its output")
        finally:
            self._gone = gone
            for asked in self._asked.values():
                asked.settle(error=gone)
            self._asked.clear()

    def stop(self) -> None:
        """Listen no more."""
        self._scope.cancel()

    async def begin(self, method: str, params: dict[str, Any]) -> Asked:
        """Ask the agent; the answer comes with `Asked.result`."""
        number, asked = next(self._numbers), Asked()
        if self._gone is not None:
            raise self._gone
        self._asked[number] = asked
        await self._send({"id": number, "method": method, "params": params})
        return asked

    async def request(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """Ask the agent and wait for the answer."""
        answer = await (await self.begin(method, params)).result()
        return answer if isinstance(answer, dict) else {}

    async def notify(self, method: str, params: dict[str, Any]) -> None:
        """Tell the agent."""
        await self._send({"method": method, "params": params})

    async def _send(self, message: dict[str, Any]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False).encode(errors="replace") + b"\n"
        async with self._sending:
            try:
                await self._conversation.send(data)
            except MosaicError as error:
                raise self._gone or AgentGone("it does not read any more") from error

    async def _take(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            message = None
        if not isinstance(message, dict) or not ("method" in message or "id" in message):
            if line.strip():
                self._peer.noise(line)
            return
        self._peer.heard()
        method, params = message.get("method"), message.get("params")
        params = params if isinstance(params, dict) else {}
        if not isinstance(method, str):
            self._settle(message)
        elif "id" not in message:
            self._peer.notified(method, params)
        elif self.is_cancelled:
            await self._reply_late(message["id"], method)
        elif self._open_questions >= _QUESTIONS_AT_ONCE:
            await self._reply(message["id"], error=CallError(BUSY, "too many questions at once"))
        else:
            self._open_questions += 1
            self._nursery.start_soon(self._answer, message["id"], method, params)

    def _settle(self, message: dict[str, Any]) -> None:
        number = message.get("id")
        asked = self._asked.pop(number, None) if isinstance(number, int) else None
        if asked is None:
            return
        error = message.get("error")
        if error is None:
            asked.settle(message.get("result"))
            return
        error = error if isinstance(error, dict) else {}
        code = error.get("code")
        asked.settle(
            error=CallError(
                code if isinstance(code, int) else INTERNAL_ERROR,
                _words(error),
            )
        )

    async def _answer(self, number: Any, method: str, params: dict[str, Any]) -> None:
        try:
            result = await self._peer.answer(method, params)
        except CallError as error:
            await self._reply(number, error=error)
        except MosaicError as error:
            await self._reply(number, error=CallError(INTERNAL_ERROR, str(error)))
        except trio.Cancelled:
            with trio.CancelScope(shield=True), trio.move_on_after(1):
                await self._reply_late(number, method)
            raise
        else:
            await self._reply(number, result)
        finally:
            self._open_questions -= 1

    async def _reply_late(self, number: Any, method: str) -> None:
        try:
            result = self._peer.late_answer(method)
        except CallError as error:
            await self._reply(number, error=error)
        else:
            await self._reply(number, result)

    async def _reply(self, number: Any, result: Any = None, *, error: CallError | None = None) -> None:
        answer: dict[str, Any] = {"id": number}
        if error is None:
            answer["result"] = result
        else:
            answer["error"] = {"code": error.code, "message": error.message}
        with suppress(AgentGone):  # who asked does not listen any more
            await self._send(answer)


def _words(error: dict[str, Any]) -> str:
    """Return what an error says; some say only in its data what happened."""
    data = error.get("data")
    details = data.get("details") if isinstance(data, dict) else data
    words = str(error.get("message", ""))
    return f"{words}: {details}" if isinstance(details, str) and details else words


def _lines(buffer: bytearray) -> Iterator[bytes]:
    """Take the complete lines out of a buffer."""
    end = buffer.rfind(b"\n")
    if end < 0:
        return
    lines = bytes(buffer[:end]).split(b"\n")
    del buffer[: end + 1]
    yield from lines
