"""JSON-RPC 2.0, one message a line: what passes between Mosaic and another process.

Owns the envelopes (`Request`, `Notification`, `Response`, `Failure`), their text (UTF-8, one JSON object a
line, no batches, `params` by name: the framing of MCP's stdio transport), the limit on a line, and the form
of an error. Does no I/O: whoever owns the pipe or socket feeds a `LineBuffer` and sends what `encode`
returns. What the methods of an out-of-process plugin are called stands in
`mosaic_hookspecs.plugin_protocol`.

A `MosaicError` travels as an error object with the code -32000 and all its fields in ``data``; so it
arrives as the same kind with the same words.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

import attrs

from mosaic_hookspecs.data import Json, JsonObject
from mosaic_hookspecs.errors import (
    Denied,
    InputError,
    IntegrityError,
    Location,
    MosaicError,
    NotFound,
    Refused,
    Unavailable,
)

MAX_LINE = 32 * 2**20
PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INTERNAL_ERROR = -32603
MOSAIC_ERROR = -32000
CANCELLED = -32800
CANCEL = "$/cancelRequest"
"""The notification that ends a request of its sender, whose ``id`` it names (as in LSP)."""

_KINDS: Mapping[str, type[MosaicError]] = {
    kind.__name__: kind
    for kind in (MosaicError, InputError, Refused, NotFound, Unavailable, Denied, IntegrityError)
}
_FIELDS = ("code", "what", "expected", "got", "hint")
_SHOWN = 80


@attrs.frozen(kw_only=True)
class Request:
    """Asks for an answer under `id`, a number or a text that its sender has not used before."""

    id: int | str
    method: str
    params: JsonObject = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Notification:
    """Tells something, and is not answered."""

    method: str
    params: JsonObject = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Response:
    """The answer to the request of that `id`."""

    id: int | str
    result: Json = None


@attrs.frozen(kw_only=True)
class Failure:
    """The answer to a request that failed; `id` is None where the request could not be read.

    `error` is the error object of JSON-RPC: see `error_to_data`, `error_from_data`.
    """

    id: int | str | None
    error: JsonObject


Message: TypeAlias = Request | Notification | Response | Failure


def encode(message: Message, *, limit: int = MAX_LINE) -> bytes:
    """Write a message as one line, with its end.

    Raises:
        InputError: it holds what is no JSON (code ``not-json``), or is longer than `limit` bytes (code
            ``line-too-long``).
    """
    body: dict[str, Any] = {"jsonrpc": "2.0"}
    match message:
        case Request():
            body |= {"id": message.id, "method": message.method, "params": message.params}
        case Notification():
            body |= {"method": message.method, "params": message.params}
        case Response():
            body |= {"id": message.id, "result": message.result}
        case Failure():
            body |= {"id": message.id, "error": message.error}
    line = _to_text(body) + b"\n"
    if len(line) > limit:
        raise too_long(limit, f"{len(line)} bytes")
    return line


def decode(line: bytes) -> Message:
    """Read one line, with or without its end.

    Raises:
        InputError: it is no JSON-RPC 2.0 message; `got` shows its beginning (code ``not-json-rpc``).
    """
    try:
        body = _decoder.decode(line.decode("utf-8"))
    except (ValueError, RecursionError):
        raise _no_message(line, "one JSON object a line, in UTF-8") from None
    if not isinstance(body, dict) or body.get("jsonrpc") != "2.0":
        raise _no_message(line, 'an object with "jsonrpc": "2.0"')
    has_id, number = "id" in body, body.get("id")
    if has_id and (isinstance(number, bool) or not isinstance(number, int | str | None)):
        raise _no_message(line, "an id that is a whole number or a text")
    if "method" in body:
        return _asked(line, body, number, has_id=has_id)
    if "error" in body and "result" not in body and has_id:
        if not isinstance(body["error"], dict):
            raise _no_message(line, "an error that is an object")
        return Failure(id=number, error=body["error"])
    if "result" in body and "error" not in body and number is not None:
        return Response(id=number, result=body["result"])
    raise _no_message(line, "a request, a notification, or an answer with either a result or an error")


def _asked(line: bytes, body: Mapping[str, Any], number: Any, *, has_id: bool) -> Message:
    method, params = body["method"], body.get("params", {})
    if not isinstance(method, str) or not isinstance(params, dict):
        raise _no_message(line, "a method that is a text, and params that are an object")
    if not has_id:
        return Notification(method=method, params=params)
    if number is None:
        raise _no_message(line, "a request whose id is not null")
    return Request(id=number, method=method, params=params)


class LineBuffer:
    """Cuts a stream of bytes into lines; holds at most `limit` bytes of a line that has not ended."""

    def __init__(self, limit: int = MAX_LINE) -> None:
        self._limit = limit
        self._rest = bytearray()

    @property
    def is_inside_a_line(self) -> bool:
        """Whether the last line that was begun has not ended."""
        return bool(self._rest)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the lines that `data` completes, without their ends; empty ones are passed over.

        Raises:
            InputError: a line is longer than the limit (code ``line-too-long``). It cannot go on then.
        """
        start = 0
        while (end := data.find(b"\n", start)) >= 0:
            self._hold(data[start:end])
            line = bytes(self._rest)
            self._rest.clear()
            start = end + 1
            if line.strip():
                yield line
        self._hold(data[start:])

    def _hold(self, part: bytes) -> None:
        if len(self._rest) + len(part) > self._limit:
            raise too_long(self._limit, "a longer one")
        self._rest += part


def error_to_data(error: BaseException) -> dict[str, Any]:
    """Return an error as JSON-RPC's error object.

    A `MosaicError` keeps every field, with those in `others` if it stands for several; an `OSError` its
    number; of anything else what it is and says.
    """
    kind = next((one for one in type(error).__mro__ if one.__name__ in _KINDS), None)
    if not isinstance(error, MosaicError) or kind is None:
        about: dict[str, Any] = {"kind": type(error).__name__}
        if isinstance(error, OSError):
            about |= {"kind": "OSError", "number": error.errno, "what": error.strerror or str(error)}
            about["where"] = str(error.filename) if error.filename is not None else ""
        return {"code": INTERNAL_ERROR, "message": f"{type(error).__name__}: {error}", "data": about}
    data: dict[str, Any] = {"kind": kind.__name__}
    data |= {name: getattr(error, name) for name in _FIELDS}
    where = error.where
    data["where"] = attrs.asdict(where) if isinstance(where, Location) else where
    others = getattr(error, "others", ())
    if len(others) > 1:
        data["others"] = [error_to_data(other)["data"] for other in others]
    return {"code": MOSAIC_ERROR, "message": str(error), "data": data}


def error_from_data(error: Mapping[str, Any]) -> Exception:
    """Return the error that an error object tells: a `MosaicError` or an `OSError` as it was; anything
    else as `Unavailable`, with its words in `got`.
    """
    data, message = error.get("data"), str(error.get("message", ""))
    about = data if isinstance(data, dict) else {}
    if error.get("code") == MOSAIC_ERROR and isinstance(about.get("code"), str):
        found = _mosaic_error(about)
        others = [_mosaic_error(one) for one in about.get("others") or () if isinstance(one, dict)]
        if others:
            found.others = tuple(others)  # type: ignore[attr-defined]  # as an error that stands for several has it
        return found
    if about.get("kind") == "OSError" and isinstance(about.get("number"), int):
        return OSError(about["number"], str(about.get("what", "")), str(about.get("where") or "") or None)
    if error.get("code") == METHOD_NOT_FOUND:
        return NotFound("unknown-method", "the other side does not know this method", got=message)
    return Unavailable("remote-error", "the other side failed", got=message)


def _mosaic_error(about: Mapping[str, Any]) -> MosaicError:
    kind = _KINDS.get(str(about.get("kind")), MosaicError)
    code, what, expected, got, hint = (str(about.get(name) or "") for name in _FIELDS)
    where: Any = about.get("where")
    if isinstance(where, dict):
        line, column = (where[key] if type(where.get(key)) is int else 0 for key in ("line", "column"))
        where = Location(path=str(where.get("path", "")), line=line, column=column)
    elif where is not None:
        where = str(where)
    return kind(code, what, where=where, expected=expected, got=got, hint=hint)


def _to_text(body: Mapping[str, Any]) -> bytes:
    try:
        text = _encoder.encode(body)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError("not-json", "the message cannot be written as JSON", got=str(error)) from None
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        # Half a surrogate pair, as in names of files that are not UTF-8: only its escape can be sent.
        return json.dumps(body, allow_nan=False, separators=(",", ":")).encode("ascii")


def too_long(limit: int, got: str) -> InputError:
    """Return the error of a line that is longer than `limit` bytes."""
    return InputError(
        "line-too-long", "the message is too long to be sent", expected=f"at most {limit} bytes", got=got
    )


def _no_message(line: bytes, expected: str) -> InputError:
    shown = line[:_SHOWN].decode("utf-8", "backslashreplace")
    return InputError(
        "not-json-rpc",
        "this is no JSON-RPC 2.0 message",
        expected=expected,
        got=repr(shown) + ("…" if len(line) > _SHOWN else ""),
    )


def _no_constant(name: str) -> Any:
    raise ValueError(name)


# Made once: `json.loads` and `json.dumps` make new ones at every call that differs from their defaults.
_decoder = json.JSONDecoder(parse_constant=_no_constant)
_encoder = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
