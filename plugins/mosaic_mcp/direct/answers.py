"""Carries direct requests out, and writes what they are answered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from json.encoder import encode_basestring, encode_basestring_ascii
from typing import Any

import mcp_types as types
from mcp_types import methods

from mosaic_hookspecs.context import Log

from ..calling import failed, require_arguments
from ..settings import Config
from ..tools import OfferedTool
from ..visitors import Visitor
from ..watching import DRIVE
from .asked import CALL, LIST, MODERN, Asked

_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_written_plainly = json.JSONEncoder(separators=(",", ":")).encode
_LISTS = 64
CANCELLED = -32800


class Answers:
    """Answers direct requests. `stamp` is what every result of 2026-07-28 says of the server."""

    def __init__(self, config: Config, log: Log, stamp: Mapping[str, Any]) -> None:
        self._log = log
        self._page = config.page
        self._slow = frozenset((DRIVE, *config.confirm, *config.background))
        self._meta = {"io.modelcontextprotocol/serverInfo": dict(stamp)}
        self._tail = f',"resultType":"complete","_meta":{_written(self._meta)}}}}}'.encode()
        self._lists: dict[Any, tuple[Any, bytes]] = {}

    def tool(self, request: Asked, visitor: Visitor) -> OfferedTool | None:
        """Return the tool that a direct call is of; None if this is no direct call."""
        tool = visitor.find(request.name) if request.method == CALL else None
        return tool if tool is not None and tool.is_plain and tool.operation not in self._slow else None

    async def call(self, request: Asked, visitor: Visitor, tool: OfferedTool) -> bytes:
        """Carry out a call, and return the whole answer."""
        try:
            require_arguments(tool, request.arguments)
            output = await visitor.system.dispatch(tool.operation, request.arguments)
        except Exception as error:  # noqa: BLE001 - a boundary: what an operation raises is the tool's result
            return self._result(request, failed(tool, error, self._log), is_error=True)
        return self._result(request, output, is_error=False)

    def at_once(self, request: Asked, visitor: Visitor, version: str) -> bytes | None:
        """Return the whole answer to a request that takes no time; None if this is none."""
        if request.method == CALL:
            return None
        body = self._list(visitor, version) if request.method == LIST else b"{}"
        return None if body is None else b"".join((_head(request), b',"result":', body, b"}"))

    def _list(self, visitor: Visitor, version: str) -> bytes | None:
        tools, key = visitor.tools(), (visitor.key, version)
        if len(tools) > self._page:
            return None
        known = self._lists.get(key)
        # The tools are made anew whenever one has changed, and are the same objects else.
        if known is not None and len(known[0]) == len(tools) and all(map(_same, known[0], tools)):
            return known[1]
        found = types.ListToolsResult(tools=[types.Tool.model_validate(tool.wire) for tool in tools])
        dumped = found.model_dump(by_alias=True, mode="json", exclude_none=True)
        result = methods.serialize_server_result(LIST, version, dumped)
        body = _encoded({**result, "_meta": self._meta} if version == MODERN else result)
        if len(self._lists) >= _LISTS:
            self._lists.clear()
        self._lists[key] = (tuple(tools), body)
        return body

    def _result(self, request: Asked, output: Any, *, is_error: bool) -> bytes:
        try:
            text = _written(output)
            data, quoted = text.encode(), encode_basestring(text).encode()
        except UnicodeEncodeError:  # half a character: JSON has a way to write it
            text = _written_plainly(output)
            data, quoted = text.encode(), encode_basestring_ascii(text).encode()
        has_structure = not is_error and type(output) is dict
        return b"".join(
            (
                _head(request),
                b',"result":{"content":[{"type":"text","text":',
                quoted,
                b'}],"isError":true' if is_error else b'}],"isError":false',
                b',"structuredContent":' if has_structure else b"",
                data if has_structure else b"",
                self._tail if request.is_modern else b"}}",
            )
        )


def cancelled(request: Asked) -> bytes:
    """Return the answer to a request that its client took back, where the era has one."""
    return _head(request) + b',"error":{"code":%d,"message":"Request cancelled"}}' % CANCELLED


def _head(request: Asked) -> bytes:
    number = request.id
    identifier = str(number) if type(number) is int else _written_plainly(number)
    return b'{"jsonrpc":"2.0","id":' + identifier.encode()


def _encoded(data: Any) -> bytes:
    try:
        return _written(data).encode()
    except UnicodeEncodeError:
        return _written_plainly(data).encode()


def _same(one: Any, other: Any) -> bool:
    return one is other
