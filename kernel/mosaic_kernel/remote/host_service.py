"""What the kernel serves to a plugin in a process of its own: its context, and the objects that it was lent."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import InputError, NotFound
from mosaic_hookspecs.operations import Principal

from .objects import Objects

Proceed = Callable[[Mapping[str, Any]], Awaitable[Any]]
_LEVELS = ("debug", "info", "warning", "error")


class HostService:
    """Implements `mosaic_kernel.remote.peer.Service` for one generation. `crashed` is set when the child
    says that a task of its plugin has raised.
    """

    objects: Objects

    def __init__(self, context: Context) -> None:
        self._context = context
        self.crash = trio.Event()
        self.crash_error: Exception | None = None
        self.interceptions: dict[int, Proceed] = {}
        self._requests: Mapping[str, Callable[[Mapping[str, Any]], Awaitable[Any]]] = {
            "dispatch": self._dispatch,
            "proceed": self._proceed,
        }
        self._questions: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
            "now": lambda _: self._context.clock.now(),
            "port/names": lambda params: list(self._context.port(str(params.get("port"))).names()),
            "port/get": self._provider,
        }
        self._tellings: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
            "log": self._log,
            "publish": self._publish,
            "crashed": self._crashed,
        }

    async def serve(self, method: str, params: Mapping[str, Any]) -> Any:
        """Answer a request."""
        if self.objects.serves(method):
            return await self.objects.serve(method, params)
        if method not in self._requests:
            raise NotFound("unknown-method", f"the kernel has no method {method!r}")
        return await self._requests[method](params)

    def serve_now(self, method: str, params: Mapping[str, Any]) -> Any:
        """Answer a question at once."""
        question = self._questions.get(method)
        return self.objects.serve_now(method, params) if question is None else question(params)

    def hear(self, method: str, params: Mapping[str, Any]) -> None:
        """Take a notification."""
        if method in ("tell", "release"):
            self.objects.hear(method, params)
        elif method in self._tellings:
            self._tellings[method](params)
        else:
            self.complain("process.unknown_notification", method=method)

    def complain(self, event: str, **facts: Any) -> None:
        """Log what the child did wrong, and can be passed over."""
        self._context.log.warning(event, **facts)

    async def _dispatch(self, params: Mapping[str, Any]) -> Any:
        principal = self.objects.decode(params.get("principal"))
        if principal is not None and not isinstance(principal, Principal):
            raise InputError("bad-value", "a principal is a record", got=repr(principal)[:80])
        data = self.objects.decode(params.get("input"))
        operation = str(params.get("operation", ""))
        return self.objects.encode(await self._context.dispatch(operation, data, principal))

    async def _proceed(self, params: Mapping[str, Any]) -> Any:
        proceed = self.interceptions.get(params.get("interception", 0))
        if proceed is None:
            raise NotFound("no-interception", "there is no such call to proceed with (any more)")
        return self.objects.encode(await proceed(params))

    def _provider(self, params: Mapping[str, Any]) -> Any:
        port = self._context.port(str(params.get("port")))
        return self.objects.lend_for_good(port.get(str(params.get("name", ""))))

    def _log(self, params: Mapping[str, Any]) -> None:
        level, facts = params.get("level"), params.get("facts", {})
        log = self._context.log.bind(**facts)
        getattr(log, level if level in _LEVELS else "info")(str(params.get("event", "")))

    def _publish(self, params: Mapping[str, Any]) -> None:
        self._context.bus.publish(str(params.get("topic", "")), self.objects.decode(params.get("body")))

    def _crashed(self, params: Mapping[str, Any]) -> None:
        found = self.objects.decode(params.get("error"))
        self.crash_error = found if isinstance(found, Exception) else RuntimeError(str(found))
        self.crash.set()
