"""What other plugins add to a task's context, where they are here: mail, and reservations of files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import trio

from mosaic_hookspecs import Context, MosaicError, NotFound, to_json_data

_FORGET_SECONDS = 30.0
WAITING, OVERLAPS, RESERVED = "message.waiting", "file.overlaps", "file.list"
_LIKELY = 0.3


class Neighbours:
    """Asks operations that may not be there; remembers for a while which are not."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._absent: dict[str, float] = {}

    async def unread(self, agent: str) -> int:
        """Return how many messages wait for an agent."""
        found = await self._ask(WAITING, {"name": agent}) if agent else None
        count = found.get("count", 0) if isinstance(found, Mapping) else 0
        return count if isinstance(count, int) else 0

    async def overlaps(self, run_id: str) -> Sequence[Mapping[str, Any]]:
        """Return pairs of the run's tasks that are likely to change the same files, as JSON data."""
        return _items(await self._ask(OVERLAPS, {"run_id": run_id, "least": _LIKELY}))

    async def reserved(self, run_id: str) -> Sequence[Mapping[str, Any]]:
        """Return what the run's attempts have reserved, as JSON data."""
        return _items(await self._ask(RESERVED, {"run_id": run_id}))

    async def _ask(self, operation: str, data: Mapping[str, Any]) -> Any:
        now = trio.current_time()
        if self._absent.get(operation, 0.0) > now:
            return None
        try:
            return to_json_data(await self._context.dispatch(operation, dict(data)))
        except NotFound as error:
            if error.code != "no-run":
                self._absent[operation] = now + _FORGET_SECONDS
            return None
        except MosaicError as error:
            self._context.log.debug("fleet.neighbour_failed", operation=operation, error=error)
            return None


def _items(found: Any) -> Sequence[Mapping[str, Any]]:
    items = found.get("items") if isinstance(found, Mapping) else None
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []
