"""One life of a server: from the connection to its end, in a task of its own.

Owns who uses it and until when: the connection ends when nobody has used it for a while, when it does not
come about in time, when the server is gone, or with the plugin. Nothing of it repeats or waits for a clock
but those deadlines.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any

import trio
from mcp.client.client import Client

from mosaic_hookspecs import Log, MosaicError, Unavailable

from .neutral import one_line
from .sdk import sdk_log

_SHOWN = 300
_LEAVE_SECONDS = 5.0
_CLOSED = "Connection closed"  # the SDK's words for every call that was waiting


class Connection:
    """A connection to `server`; run `run` in a task, then `use` it.

    Args:
        server: its name, for errors.
        start_seconds: how long it may take to come about.
        idle_seconds: how long it is kept when nobody uses it.
        log: told how it ended.
    """

    def __init__(self, server: str, *, start_seconds: float, idle_seconds: float, log: Log) -> None:
        self.has_changed = False
        """Whether the server said that its tools are others than before."""
        self.listing: Any = None
        """What was last read of its tools; who uses the connection keeps it here."""
        self.listed_at = -math.inf
        self.has_failed = False
        self._server = server
        self._start_seconds = start_seconds
        self._idle_seconds = idle_seconds
        self._log = log
        self._scope = trio.CancelScope()
        self._ready = trio.Event()
        self._gone = trio.Event()
        self._ended = trio.Event()
        self._client: Client | None = None
        self._users = 0
        self._reason = ""
        self._said = ""

    @property
    def has_ended(self) -> bool:
        """Whether it is of no use any more."""
        return self._gone.is_set() or self._ended.is_set() or self._scope.cancel_called

    @property
    def protocol(self) -> str:
        """The revision that is spoken; "" while it is not connected."""
        return "" if self._client is None or self.has_ended else self._client.protocol_version

    async def run(self, transport: AbstractAsyncContextManager[Any], mode: str) -> None:
        """Connect and stay connected until it ends, for whatever reason; raises nothing but cancellation."""
        try:
            self._scope.deadline = trio.current_time() + self._start_seconds
            with self._scope, sdk_log(self._log):
                client = Client(transport, mode=mode, message_handler=self._hear, cache=None)
                async with client:
                    self._client = client
                    self._ready.set()
                    self._keep()
                    await self._gone.wait()
            if self._scope.cancelled_caught and self._client is None:
                self._fail(f"it did not answer within {self._start_seconds:g} seconds")
        except BaseException as error:
            # A boundary: what the SDK and a server do ends here.
            others = error.split(trio.Cancelled)[1] if isinstance(error, BaseExceptionGroup) else error
            if others is not None and not isinstance(others, trio.Cancelled):
                self._fail(_words(others))
            if not isinstance(error, Exception):
                raise
        finally:
            self._ended.set()
            self._ready.set()
            self._tell()

    def tell(self, reason: str, said: str) -> None:
        """Say that the server speaks no more, why, and what it last wrote."""
        self._said = said
        self._fail(reason)
        self._gone.set()

    def give_up(self, reason: str) -> None:
        """End it, since it is of no use: the server hangs, or the session is lost."""
        if not self.has_ended:
            self._fail(reason)
        self._scope.cancel()

    async def ready(self) -> None:
        """Wait until it can be used.

        Raises:
            Unavailable: it did not come about.
        """
        await self._ready.wait()
        if self._client is None or self.has_ended:
            raise await self.failure()

    @contextmanager
    def use(self) -> Iterator[Client]:
        """Use it; it is kept for as long."""
        if self._client is None:
            raise Unavailable("server-gone", f"the MCP server {self._server!r} is not connected")
        self._users += 1
        self._keep()
        try:
            yield self._client
        finally:
            self._users -= 1
            self._keep()

    async def lost(self, words: str) -> MosaicError:
        """End it, since a call was cut off with these words; return why it cannot be used."""
        if words == _CLOSED:
            # It is ending by itself, and how it ends says more.
            await self._end()
        self.give_up(f"the connection was lost: {words}")
        return await self.failure()

    async def failure(self) -> MosaicError:
        """Return why it cannot be used, once that is known."""
        await self._end()
        return Unavailable(
            "server-gone",
            f"the MCP server {self._server!r} is not there: {self._reason or 'the connection ended'}",
            hint="The next call starts it again; what it wrote last is in Mosaic's log.",
        )

    async def _end(self) -> None:
        with trio.move_on_after(_LEAVE_SECONDS):
            await self._ended.wait()

    def _keep(self) -> None:
        is_idle = self._users == 0
        self._scope.deadline = trio.current_time() + self._idle_seconds if is_idle else math.inf

    def _fail(self, reason: str) -> None:
        if not self.has_failed:
            self.has_failed, self._reason = True, reason

    def _tell(self) -> None:
        if self.has_failed:
            facts = {"said": one_line(self._said[-_SHOWN:], _SHOWN)} if self._said else {}
            self._log.warning("mcpclient.server_failed", server=self._server, reason=self._reason, **facts)
        else:
            self._log.debug("mcpclient.server_left", server=self._server)

    async def _hear(self, message: Any) -> None:
        # Everything else that a server says unasked is nobody's business.
        if getattr(message, "method", "") == "notifications/tools/list_changed":
            self.has_changed = True


def _words(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, MosaicError):
        return f"{error.what}{f'. {error.hint}' if error.hint else ''}"
    return one_line(f"{type(error).__name__}: {error}", _SHOWN)
