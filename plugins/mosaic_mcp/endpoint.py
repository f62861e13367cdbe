"""The endpoint of Streamable HTTP: guards it, answers the plainest requests itself, and has the official SDK
answer the others. The SDK is loaded when the first request comes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import trio

from mosaic_hookspecs.context import Context

from .guard import Guard, Reply
from .loading import load_sdk
from .mounted import Mounted
from .sdk_log import sdk_log
from .settings import Config
from .system import System

if TYPE_CHECKING:
    from .direct.http import DirectHttp
    from .sdk_sessions import SessionManager
    from .server import Handlers

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


class Endpoint:
    """Serves one system to clients over HTTP, in every revision of the protocol that the SDK speaks. `sessions`
    are those that the generation before has handed on.
    """

    def __init__(
        self,
        system: System,
        config: Config,
        guard: Guard,
        context: Context,
        sessions: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self._system = system
        self._config = config
        self._context = context
        self._guard = guard
        self._handed_on = sessions
        self._mounted = Mounted(self._app)
        self._drained = trio.Event()
        self._loading = trio.Lock()
        self._nursery: trio.Nursery | None = None
        self._manager: SessionManager | None = None
        self._handlers: Handlers | None = None
        self._direct: DirectHttp | None = None

    async def serve(self) -> None:
        """Serve what comes by `asgi`, until cancelled or drained."""
        async with trio.open_nursery() as nursery:
            self._nursery = nursery
            try:
                await self._drained.wait()
            finally:
                self._mounted.end()
                self._nursery = self._manager = self._handlers = self._direct = None
                nursery.cancel_scope.cancel()

    async def asgi(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer a request that came in at another server's port."""
        await self._mounted(scope, receive, send)

    async def drain(self) -> None:
        """Return when every request has been answered, and every stream was told that it ends."""
        if self._handlers is not None:
            self._handlers.end_streams()
        await self._mounted.drain()
        self._drained.set()

    def sessions(self) -> Sequence[Mapping[str, Any]]:
        """Return the sessions as JSON data, for the next generation to go on with."""
        if self._manager is None or self._handlers is None:
            return self._handed_on
        return self._manager.to_data(self._handlers.sessions)

    async def _app(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        admitted = self._guard.decide(scope, headers)
        if isinstance(admitted, Reply):
            await _reply(admitted, send)
            return
        direct, manager = self._direct, self._manager
        if direct is None or manager is None:
            direct, manager = await self._loaded()
        if scope["method"] == "POST" and self._is_bounded(headers):
            body = await _whole(receive)
            if body is None:
                return
            if await direct.answer(scope, headers, admitted, body, receive, send):
                return
            receive = _again(body, receive)
        if admitted is not None:
            from .sdk_sessions import user_of
            from .visitors import ATTEMPT

            scope |= {ATTEMPT: admitted, "user": user_of(admitted)}
        await manager.handle_request(scope, receive, send)

    def _is_bounded(self, headers: Mapping[bytes, bytes]) -> bool:
        # Whatever is longer, or does not say how long it is, the SDK reads in its own time, and refuses.
        length = headers.get(b"content-length", b"")
        return length.isdigit() and int(length) <= self._config.body_bytes

    async def _loaded(self) -> tuple[DirectHttp, SessionManager]:
        async with self._loading:
            if self._direct is None or self._manager is None:
                await load_sdk()
                assert self._nursery is not None  # noqa: S101 - it serves: a request is here
                await self._nursery.start(self._live)
                assert self._direct is not None  # noqa: S101 - it has begun
                assert self._manager is not None  # noqa: S101
            return self._direct, self._manager

    async def _live(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        from .direct.http import DirectHttp
        from .direct.patience import Patience
        from .sdk_sessions import SessionManager
        from .server import Handlers

        log = self._context.log
        handlers = Handlers(self._system, self._config, log, self._context, self._guard.loans)
        server = handlers.server()
        manager = SessionManager(
            server,
            max_request_body_size=self._config.body_bytes,
            session_idle_timeout=self._config.session_seconds,
            max_sessions=self._config.sessions,
        )
        patience = Patience()
        with sdk_log(log):
            async with manager.run(), trio.open_nursery() as nursery:
                nursery.start_soon(patience.run)
                handed_on, self._handed_on = self._handed_on, ()
                for session in handed_on:
                    await manager.take_over(session, handlers.sessions)
                self._handlers, self._manager = handlers, manager
                self._direct = DirectHttp(
                    self._config,
                    handlers.answers(server),
                    handlers.visitors,
                    handlers.sessions,
                    manager,
                    patience,
                )
                task_status.started()
                await trio.sleep_forever()


async def _reply(reply: Reply, send: Send) -> None:
    body = f"{reply.text}\n".encode()
    plain = [("content-type", reply.media_type), ("content-length", str(len(body))), *reply.headers]
    headers = [(name.encode(), value.encode()) for name, value in plain]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _whole(receive: Receive) -> bytes | None:
    """Return the body of a request; None if its client left, or took too long."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        parts.append(message["body"])
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives a body that was read, and then what comes after it."""
    is_given = False

    async def give() -> Any:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return give
