"""``mosaic mcp`` for a connection that was lent: stdio on this side, Streamable HTTP on the other.

Passes messages on as they are, and has no rights of its own: whatever the endpoint refuses is refused. It reads
no configuration, starts no kernel, and knows nothing of a project, which may be the agent's own to write to.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import re
import stat
from collections.abc import AsyncIterator, Mapping
from typing import Any

import trio

from .mcp_http import HttpEndpoint, Response

_VERSION = "io.modelcontextprotocol/protocolVersion"
_NAMES = {"tools/call": "name", "prompts/get": "name", "resources/read": "uri"}
_CHUNK = 2**16
_GOODBYE_SECONDS = 2.0
_FAILED = -32000
_PLAIN = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")


class Bridge:
    """One client on two descriptors, and the endpoint at `url` that answers it."""

    def __init__(self, url: str, bearer: str, reading: int, writing: int) -> None:
        self._endpoint = HttpEndpoint(url, {"authorization": f"Bearer {bearer}"})
        self._reading = reading
        self._writing = writing
        self._session: dict[str, str] = {}
        self._in_flight: dict[Any, trio.CancelScope] = {}
        self._sending = trio.Lock()

    async def run(self) -> None:
        """Pass messages on until the client closes its end."""
        async with trio.open_nursery() as nursery:
            async for line in _lines(self._reading):
                try:
                    message = json.loads(line)
                except (ValueError, RecursionError) as error:
                    await self._fail(None, -32700, f"Parse error: {error}")
                    continue
                if isinstance(message, dict):
                    await self._pass_on(message, nursery)
            nursery.cancel_scope.cancel()
        if "mcp-session-id" in self._session:
            with trio.move_on_after(_GOODBYE_SECONDS):
                await self._endpoint.forget(self._session)

    async def _pass_on(self, message: dict[str, Any], nursery: trio.Nursery) -> None:
        method, number = message.get("method"), message.get("id")
        is_modern = _is_modern(message)
        if method == "notifications/cancelled" and not self._session:
            # Of 2026-07-28: who leaves a request has taken it back.
            scope = self._in_flight.get((message.get("params") or {}).get("requestId"))
            if scope is not None:
                scope.cancel()
            return
        if method is not None and number is not None and method != "initialize":
            nursery.start_soon(self._ask, message, is_modern)
            return
        # A session begins before anything else of it, and what is no request keeps its order.
        await self._ask(message, is_modern)
        if method == "notifications/initialized":
            nursery.start_soon(self._listen)

    async def _ask(self, message: Mapping[str, Any], is_modern: bool) -> None:  # noqa: FBT001 - which era
        number = message.get("id") if "method" in message else None
        headers = _modern_headers(message) if is_modern else dict(self._session)
        with trio.CancelScope() as scope:
            if number is not None:
                self._in_flight[number] = scope
            try:
                async with self._endpoint.post(json.dumps(message).encode(), headers) as response:
                    if message.get("method") == "initialize":
                        self._begin_session(response)
                    await self._answer(response, number)
            except (OSError, trio.BrokenResourceError, trio.ClosedResourceError) as error:
                if number is not None:
                    await self._fail(number, _FAILED, f"Mosaic does not answer: {error}")
            finally:
                self._in_flight.pop(number, None)

    def _begin_session(self, response: Response) -> None:
        name = response.headers.get("mcp-session-id")
        if name:
            self._session = {"mcp-session-id": name}

    async def _answer(self, response: Response, number: Any) -> None:
        is_answered = False
        async for text in response.messages():
            try:
                found = json.loads(text)
            except ValueError:
                break
            is_answered = is_answered or (number is not None and found.get("id") == number)
            if number is None and "method" not in found:
                continue  # an error that answers no request
            self._learn(found)
            await self._say(found)
        if number is not None and not is_answered:
            why = response.text.strip() or f"HTTP status {response.status}"
            await self._fail(number, _FAILED, why)

    def _learn(self, message: Mapping[str, Any]) -> None:
        result = message.get("result")
        if self._session and isinstance(result, dict) and isinstance(result.get("protocolVersion"), str):
            self._session.setdefault("mcp-protocol-version", result["protocolVersion"])

    async def _listen(self) -> None:
        """Pass on what the endpoint has to say by itself."""
        try:
            async with self._endpoint.listen(dict(self._session)) as response:
                await self._answer(response, None)
        except (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
            return

    async def _fail(self, number: Any, code: int, text: str) -> None:
        await self._say({"jsonrpc": "2.0", "id": number, "error": {"code": code, "message": text}})

    async def _say(self, message: Mapping[str, Any]) -> None:
        line = json.dumps(message, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
        async with self._sending:
            # A client that no longer reads closes its other end too, which ends this.
            with contextlib.suppress(BrokenPipeError):
                await trio.to_thread.run_sync(_write, self._writing, line)


def _is_modern(message: Mapping[str, Any]) -> bool:
    params = message.get("params")
    meta = params.get("_meta") if isinstance(params, dict) else None
    return isinstance(meta, dict) and _VERSION in meta


def _modern_headers(message: Mapping[str, Any]) -> dict[str, str]:
    params, method = message["params"], str(message.get("method", ""))
    headers = {"mcp-protocol-version": str(params["_meta"][_VERSION]), "mcp-method": method}
    name = params.get(_NAMES.get(method, "taskId"))
    return {**headers, "mcp-name": _for_header(name)} if isinstance(name, str) else headers


def _for_header(value: str) -> str:
    """Return a text as MCP writes it in a header: as it is, or in base64."""
    if _PLAIN.fullmatch(value) and not value.startswith("=?base64?"):
        return value
    return f"=?base64?{base64.b64encode(value.encode()).decode()}?="


async def _lines(descriptor: int) -> AsyncIterator[bytes]:
    mode = os.fstat(descriptor).st_mode
    stream = trio.lowlevel.FdStream(descriptor) if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) else None
    kept = b""
    while True:
        if stream is not None:
            data = bytes(await stream.receive_some(_CHUNK))
        else:
            data = await trio.to_thread.run_sync(os.read, descriptor, _CHUNK, abandon_on_cancel=True)
        if not data:
            break
        *lines, kept = (kept + data).split(b"\n")
        for line in lines:
            if line.strip():
                yield line
    if kept.strip():
        yield kept


def _write(descriptor: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(descriptor, left) :]
