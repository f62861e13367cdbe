"""What the methods of the control protocol do: ``dispatch`` an operation, or ``follow`` one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.encode import to_json_data
from mosaic_hookspecs.errors import InputError, NotFound
from mosaic_hookspecs.operations import Principal
from mosaic_hookspecs.wire import Notification, Request

ITEM = "item"
FOLLOW = "follow"
RELOAD = "plugins.reload"
CHANGES = frozenset(
    {RELOAD, "plugins.swap", "plugins.enable", "plugins.disable", "plugins.rescan", "config.reload"}
)
"""Operations that may wait for this plugin's own end, so that it does not wait for theirs."""

_LOCAL = Principal(name="local", kind="user", permissions=frozenset("*"))


def operation_of(request: Request) -> tuple[str, Any]:
    """Return the operation that a request names, and its input.

    Raises:
        InputError: it names none.
    """
    operation, data = request.params.get("operation"), request.params.get("input")
    if not isinstance(operation, str) or not (data is None or isinstance(data, dict)):
        raise InputError(
            "bad-request",
            f"the request {request.method!r} does not say what to do",
            expected='"operation", a text, and "input", an object',
            got=", ".join(sorted(map(str, request.params))) or "no params",
        )
    return operation, data or {}


async def answer(context: Context, request: Request, send: Callable[[Notification], Awaitable[None]]) -> Any:
    """Carry out a request and return its result as JSON data; the items of a stream are sent as they come.

    Raises:
        MosaicError: as the operation does, or the request is none.
    """
    if request.method == "dispatch":
        operation, data = operation_of(request)
        if operation == RELOAD and data.get("name") == context.plugin:
            # The old generation of this plugin ends when its requests have; so this one must not wait for it.
            data = {**data, "waits": False}
        return to_json_data(await context.dispatch(operation, data, _LOCAL))
    if request.method == FOLLOW:
        operation, data = operation_of(request)
        count = 0
        async with aclosing(context.follow(operation, data, _LOCAL)) as items:
            async for item in items:
                count += 1
                await send(Notification(method=ITEM, params={"id": request.id, "item": to_json_data(item)}))
        return {"items": count}
    raise NotFound("unknown-method", f"there is no method {request.method!r}", expected="dispatch or follow")
