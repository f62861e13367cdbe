"""Tells the requests that are answered directly: plain ``tools/call``, ``tools/list`` and ``ping``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

MODERN = "2026-07-28"
CALL, LIST, PING = "tools/call", "tools/list", "ping"
_RESERVED = "io.modelcontextprotocol/"
_VERSION = f"{_RESERVED}protocolVersion"
_CAPABILITIES = f"{_RESERVED}clientCapabilities"
_ENVELOPE = frozenset((_VERSION, _CAPABILITIES, f"{_RESERVED}clientInfo"))
# Who sends one of these wants more than an answer.
_WANTING = frozenset(("progressToken", "traceparent", "tracestate", "baggage"))
_OF_A_CALL = frozenset(("name", "arguments", "_meta"))
_OF_A_LIST = frozenset(("_meta",))
_MEMBERS = frozenset(("jsonrpc", "id", "method", "params"))
_NOTHING: Mapping[str, Any] = {}


@attrs.frozen(kw_only=True)
class Asked:
    """A request; `name` and `arguments` are those of a call."""

    id: int | str
    method: str
    name: str = ""
    arguments: Mapping[str, Any] = _NOTHING
    is_modern: bool = False


def is_modern(message: Any) -> bool:
    """Whether a message is written as 2026-07-28 has it, well or not."""
    params = message.get("params") if isinstance(message, dict) else None
    meta = params.get("_meta") if isinstance(params, dict) else None
    return isinstance(meta, dict) and _VERSION in meta


def asked(message: Any, *, modern: bool) -> Asked | None:
    """Return the request that a message is; None for what is not plain."""
    if type(message) is not dict or message.get("jsonrpc") != "2.0" or not _MEMBERS.issuperset(message):
        return None
    identifier, method = message.get("id"), message.get("method")
    params = message.get("params", _NOTHING)
    if type(identifier) is not int and type(identifier) is not str:
        return None
    if not isinstance(params, Mapping) or not _is_plain(params.get("_meta", _NOTHING), modern=modern):
        return None
    if method == CALL:
        return _call(identifier, params, modern=modern)
    if (method == LIST or (method == PING and not modern)) and _OF_A_LIST.issuperset(params):
        return Asked(id=identifier, method=method, is_modern=modern)
    return None


def _call(identifier: int | str, params: Mapping[str, Any], *, modern: bool) -> Asked | None:
    name, arguments = params.get("name"), params.get("arguments", _NOTHING)
    if type(name) is not str or not isinstance(arguments, Mapping) or not _OF_A_CALL.issuperset(params):
        return None
    return Asked(id=identifier, method=CALL, name=name, arguments=arguments, is_modern=modern)


def _is_plain(meta: Any, *, modern: bool) -> bool:
    if not isinstance(meta, Mapping):
        return False
    if modern and (meta.get(_VERSION) != MODERN or type(meta.get(_CAPABILITIES)) is not dict):
        return False
    for key in meta:
        if key in _WANTING or (key.startswith(_RESERVED) and not (modern and key in _ENVELOPE)):
            return False
    return True


def has_fitting_headers(request: Asked, headers: Mapping[bytes, bytes]) -> bool:
    """Whether the headers of a request of 2026-07-28 say the same as its body, and nothing more."""
    if headers.get(b"mcp-method") != request.method.encode():
        return False
    if request.method == CALL and headers.get(b"mcp-name", b"").decode("latin-1") != request.name:
        return False
    for name in headers:  # noqa: SIM110 - a third of the time of `any`, at every call
        if name.startswith(b"mcp-param-"):
            return False
    return True
