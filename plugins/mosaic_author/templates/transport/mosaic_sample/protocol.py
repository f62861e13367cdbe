"""JSON-RPC 2.0 in lines: what a request may be, and how answers are written. Does no I/O."""

from __future__ import annotations

import json
from typing import Any

import attrs
from mosaic_hookspecs import Denied, InputError, MosaicError, NotFound, to_json_data

PARSE_ERROR, BAD_REQUEST, NO_METHOD, BAD_PARAMS = -32700, -32600, -32601, -32602
INTERNAL, FAILED, DENIED = -32603, -32000, -32001


@attrs.frozen(kw_only=True)
class Request:
    """What a client asks for. Without an identifier it wants no answer."""

    method: str
    params: dict[str, Any] = attrs.field(factory=dict)
    identifier: int | str | None = None


class BadMessageError(Exception):
    """A line that is no request; `answer` is what the client is told."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.answer = failure(None, code, text)


def read_request(line: bytes) -> Request:
    """Read a line.

    Raises:
        BadMessageError: it is no request.
    """
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        raise BadMessageError(PARSE_ERROR, "the line is no JSON") from None
    method = message.get("method") if isinstance(message, dict) else None
    if not isinstance(method, str) or message.get("jsonrpc") != "2.0":
        raise BadMessageError(BAD_REQUEST, "this is no JSON-RPC 2.0 request")
    params, identifier = message.get("params", {}), message.get("id")
    if not isinstance(params, dict) or isinstance(identifier, bool | float | dict | list):
        raise BadMessageError(BAD_REQUEST, "params must be an object, and id a number or text")
    return Request(method=method, params=params, identifier=identifier)


def success(request: Request, result: Any) -> bytes:
    """Write the answer to what was done."""
    return _line({"jsonrpc": "2.0", "id": request.identifier, "result": to_json_data(result)})


def refusal(request: Request, error: MosaicError) -> bytes:
    """Write the answer to what was refused, with every field of the error."""
    code = (
        NO_METHOD
        if isinstance(error, NotFound) and error.code == "unknown-operation"
        else BAD_PARAMS
        if isinstance(error, InputError)
        else DENIED
        if isinstance(error, Denied)
        else FAILED
    )
    data = {
        "code": error.code,
        "where": str(error.where or ""),
        "expected": error.expected,
        "got": error.got,
        "hint": error.hint,
    }
    return failure(request.identifier, code, error.what, data)


def failure(identifier: int | str | None, code: int, text: str, data: dict[str, str] | None = None) -> bytes:
    """Write an answer that says what went wrong."""
    error: dict[str, Any] = {"code": code, "message": text}
    if data:
        error["data"] = {key: value for key, value in data.items() if value}
    return _line({"jsonrpc": "2.0", "id": identifier, "error": error})


def _line(message: dict[str, Any]) -> bytes:
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"
