"""What a client is told while it waits for a tool: progress, if it asked for it, and log messages."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, Protocol

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPDeprecationWarning

from .sessions import connection_of
from .watching import Progress

LEVEL = "mosaic.log_level"
_LEVELS = ("debug", "info", "notice", "warning", "error", "critical", "alert", "emergency")


class Listener(Protocol):
    """Is told of one call."""

    @property
    def is_heard(self) -> bool:
        """Whether somebody wants to know."""

    async def progress(self, progress: Progress) -> None:
        """Be told how far it is."""

    async def item(self, item: Any) -> None:
        """Be told of an item of a stream."""


class Teller:
    """Tells the client that waits for one call."""

    def __init__(self, ctx: ServerRequestContext[Any, Any]) -> None:
        self._ctx = ctx
        meta: Mapping[str, Any] = ctx.meta or {}
        self._token = meta.get("progress_token", meta.get("progressToken"))
        self._asked_level = meta.get("io.modelcontextprotocol/logLevel")
        self._last = -1.0

    @property
    def is_heard(self) -> bool:
        """Whether the client asked to be told."""
        return (
            self._token is not None or self._asked_level is not None or LEVEL in connection_of(self._ctx).state
        )

    async def progress(self, progress: Progress) -> None:
        """Tell how far it is."""
        if self._token is not None and progress.done > self._last:
            self._last = progress.done
            await self._ctx.session.report_progress(
                progress.done, progress.total or None, progress.message or None
            )
        await self.log("info", progress.message)

    async def item(self, item: Any) -> None:
        """Tell of an item of a stream: how far it says that it is, and what it has to log."""
        if not isinstance(item, dict):
            return
        if isinstance(item.get("progress"), int | float):
            done, total = float(item["progress"]), float(item.get("total") or 0)
            await self.progress(Progress(done=done, total=total, message=str(item.get("message") or "")))
        elif isinstance(item.get("log"), str) and item["log"]:
            await self.log(str(item.get("level") or "info"), item["log"])

    async def log(self, level: str, message: str) -> None:
        """Send a log message, if the client wants those of this level."""
        least = connection_of(self._ctx).state.get(LEVEL, "info")
        level = level if level in _LEVELS else "info"
        if not message or _LEVELS.index(level) < _LEVELS.index(least):
            return
        with warnings.catch_warnings():
            # Logging is deprecated since 2026-07-28, and clients of before know nothing else.
            warnings.simplefilter("ignore", MCPDeprecationWarning)
            sending = self._ctx.session.send_log_message(
                level,  # type: ignore[arg-type]  # one of the levels
                message,
                logger="mosaic",
                related_request_id=self._ctx.request_id,
            )
        await sending


def set_level(ctx: ServerRequestContext[Any, Any], params: types.SetLevelRequestParams) -> None:
    """Remember the least level of which this client wants messages."""
    connection_of(ctx).state[LEVEL] = params.level
