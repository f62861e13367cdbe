"""WebSockets: one connection with many subscriptions to stream operations.

Messages are JSON objects. A client says ``{"subscribe": NAME, "operation": …, "input": {…}, "kinds": […]}``
and ``{"unsubscribe": NAME}``; it is told ``{"subscribed": NAME}``, then ``{"name": NAME, "cursor": …,
"item": {…}}`` for each item, and at last ``{"name": NAME, "ended": true}`` or ``{"name": NAME, "problem":
{…}}``. `NAME` is the client's own. To go on after a break it subscribes with its last cursor as the input's
``after``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import InputError, MosaicError, NotFound, Refused
from mosaic_hookspecs.operations import Principal

from ..answers import json_bytes
from ..catalogue import Catalogue, Offered
from ..problems import problem_of
from ..settings import Config
from .hub import FOLLOW, Filter, Hub, require_may
from .sse import place_of
from .streams import Ended, items_of

_MOST_NAME = 64


class Sockets:
    """Serves WebSockets."""

    def __init__(
        self, context: Context, config: Config, catalogue: Catalogue, hub: Hub, nursery: trio.Nursery
    ) -> None:
        self._context = context
        self._config = config
        self._catalogue = catalogue
        self._hub = hub
        self._nursery = nursery

    async def serve(self, receive: Any, send: Any, principal: Principal) -> None:
        """Serve one client until it leaves."""
        await receive()
        await send({"type": "websocket.accept"})
        async with trio.open_nursery() as nursery:
            conversation = _Conversation(self, send, principal, nursery)
            while (message := await receive())["type"] == "websocket.receive":
                await conversation.hear(message)
            nursery.cancel_scope.cancel()

    def operation(self, name: Any) -> Offered:
        """Return the stream operation of that name.

        Raises:
            MosaicError: there is none.
        """
        found = self._catalogue.by_name.get(name) if isinstance(name, str) else None
        if found is None:
            raise NotFound("unknown-operation", f"there is no operation {str(name)[:80]!r}")
        if found.kind != "stream":
            raise InputError("wrong-kind", f"the operation {name!r} is a {found.kind}", expected="a stream")
        return found


class _Conversation:
    """One client, and what it has subscribed to."""

    def __init__(self, sockets: Sockets, send: Any, principal: Principal, nursery: trio.Nursery) -> None:
        self._sockets = sockets
        self._send = send
        self._principal = principal
        self._nursery = nursery
        self._scopes: dict[str, trio.CancelScope] = {}

    async def hear(self, message: Mapping[str, Any]) -> None:
        """Do what a message asks for."""
        name = ""
        try:
            asked = _read(message)
            name = _name_in(asked)
            if "unsubscribe" in asked:
                scope = self._scopes.pop(name, None)
                if scope is not None:
                    scope.cancel()
                await self._tell({"unsubscribed": name})
                return
            self._require_room(name)
            operation = self._sockets.operation(asked.get("operation"))
            data, kinds = asked.get("input", {}), asked.get("kinds", [])
            if not isinstance(data, dict) or not isinstance(kinds, list):
                raise _bad("input is an object, and kinds a list")
            await self._tell({"subscribed": name})
            scope = self._scopes[name] = trio.CancelScope()
            self._nursery.start_soon(self._follow, name, scope, operation, data, kinds)
        except ConnectionResetError:
            self._nursery.cancel_scope.cancel()
        except MosaicError as error:
            await self._said({"name": name, "problem": problem_of(error)})

    def _require_room(self, name: str) -> None:
        if name in self._scopes:
            raise Refused("name-taken", f"there is a subscription {name!r} already", hint="Take another name.")
        most = self._sockets._config.subscriptions  # noqa: SLF001 - one idea, two classes
        if len(self._scopes) >= most:
            raise Refused("too-many", "there are too many subscriptions", expected=f"at most {most}")

    async def _follow(
        self, name: str, scope: trio.CancelScope, operation: Offered, data: dict[str, Any], kinds: Sequence[Any]
    ) -> None:
        with scope:
            told: dict[str, Any] = {"name": name, "ended": True}
            try:
                if operation.name == FOLLOW:
                    await self._follow_events(name, operation, data, kinds)
                else:
                    await self._follow_items(name, operation, data)
            except Ended:
                pass
            except ConnectionResetError:
                self._nursery.cancel_scope.cancel()
            except Exception as error:  # noqa: BLE001 - a boundary: the client is told
                if not isinstance(error, MosaicError | OSError):
                    log = self._sockets._context.log  # noqa: SLF001 - as above
                    log.error("http.stream_failed", error=error)  # noqa: TRY400 - our own logger
                told = {"name": name, "problem": problem_of(error)}
            if self._scopes.get(name) is scope:
                del self._scopes[name]
            await self._said(told)

    async def _follow_events(
        self, name: str, operation: Offered, data: Mapping[str, Any], kinds: Sequence[Any]
    ) -> None:
        for key in data:
            if key not in operation.fields:
                raise InputError("bad-input", f"unknown key {key!r}", where=key)
        require_may(self._principal, operation)
        chosen = Filter(run_id=str(data.get("run_id", "")), kinds=tuple(map(str, kinds)))
        hub, after = self._sockets._hub, place_of(data.get("after", 0))  # noqa: SLF001 - as above
        async with hub.listener(self._sockets._nursery, after, chosen) as listener:  # noqa: SLF001 - as above
            head = b'{"name":%b,"cursor":' % json_bytes(name)
            while True:
                for line in await listener.take():
                    text = b'%b%d,"item":%b}' % (head, line.sequence, line.data)
                    await self._send({"type": "websocket.send", "text": text.decode()})

    async def _follow_items(self, name: str, operation: Offered, data: Mapping[str, Any]) -> None:
        context = self._sockets._context  # noqa: SLF001 - as above
        async with items_of(context, operation.name, data, self._principal) as items:
            while True:
                item = await items.take()
                cursor = item.get("sequence") if isinstance(item, dict) else None
                await self._tell({"name": name, "cursor": cursor, "item": item})

    async def _tell(self, data: Mapping[str, Any]) -> None:
        await self._send({"type": "websocket.send", "text": json_bytes(data).decode()})

    async def _said(self, data: Mapping[str, Any]) -> None:
        try:
            await self._tell(data)
        except ConnectionResetError:
            self._nursery.cancel_scope.cancel()


def _read(message: Mapping[str, Any]) -> dict[str, Any]:
    text = message.get("text")
    try:
        found = json.loads(text) if text is not None else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise _bad("a JSON object, as text")
    return found


def _name_in(asked: Mapping[str, Any]) -> str:
    name = asked.get("unsubscribe", asked.get("subscribe"))
    if (
        not isinstance(name, str)
        or not 0 < len(name) <= _MOST_NAME
        or ("subscribe" in asked) == ("unsubscribe" in asked)
    ):
        raise _bad(f"either subscribe or unsubscribe, with a name of up to {_MOST_NAME} letters")
    return name


def _bad(expected: str) -> InputError:
    return InputError("bad-message", "the message is not understood", expected=expected)
