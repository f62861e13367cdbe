"""Keeps background calls in the store, so that a client finds them again when the system was started anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import MosaicError

_CALLS = "mcp.calls"


class Keeper:
    """Documents of background calls, by the call's name. A store that fails is told of in the log, and no more:
    what was asked for goes on without it. Without a context nothing is kept.
    """

    def __init__(self, context: Context | None) -> None:
        self._context = context

    async def save(self, name: str, body: Mapping[str, Any]) -> None:
        """Keep how a call stands."""
        if self._context is None:
            return
        try:
            await self._context.port("storage").get().put_document(_CALLS, name, dict(body))
        except MosaicError as error:
            self._context.log.warning("mcp.call_not_kept", error=error)

    async def forget(self, name: str) -> None:
        """Keep a call no more."""
        if self._context is None:
            return
        try:
            await self._context.port("storage").get().delete_document(_CALLS, name)
        except MosaicError as error:
            self._context.log.warning("mcp.call_not_forgotten", error=error)

    async def kept(self, most: int) -> Sequence[tuple[str, Mapping[str, Any]]]:
        """Return the calls that are kept."""
        if self._context is None:
            return ()
        try:
            found = await self._context.port("storage").get().documents(_CALLS, limit=most)
        except MosaicError as error:
            self._context.log.warning("mcp.calls_not_read", error=error)
            return ()
        return [(document.key, document.body) for document in found]
