"""The adapter: mirrors the runs of two systems to each other, each event once and in order.

It keeps nothing. How far each system's log is mirrored in the other is stored there, together with what was
mirrored; so whatever is killed, it goes on where it was. What is mirrored is never mirrored back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import anyio.lowlevel
import attrs

from mosaic_hookspecs.errors import MosaicError

from .patience import patiently
from .server import anyio_group

MIRRORED = (
    "run.",
    "task.accepted",
    "task.approved",
    "task.awoken",
    "task.cancelled",
    "task.claimed",
    "task.denied",
    "task.merging",
    "task.refused",
    "task.released",
    "task.reopened",
    "task.reported",
    "task.skipped",
    "task.unmerged",
)
"""The kinds of events that are mirrored: those that change how a run stands, not the renewal of leases."""


class Calls(Protocol):
    """What the adapter needs of a connection."""

    async def call(self, tool: str, /, **arguments: Any) -> Any:
        """Call a tool."""


@attrs.frozen(kw_only=True)
class Mirrored:
    """How many events were mirrored: `up` from the local system to the shared one, and `down`."""

    up: int = 0
    down: int = 0


@attrs.define
class _Way:
    """One direction: what `origin` is called at the target, and where it stands there."""

    source: Calls
    target: Calls
    origin: str
    replace: bool
    cursor: Mapping[str, Any] | None = None
    looked: tuple[int, str] = (0, "")

    async def round(self, wait_seconds: float, limit: int) -> int | None:
        """Mirror one piece; return how many events it had, None if there was nothing (in that time)."""
        if self.cursor is None:
            await self._find_out()
        after, after_hash = self.looked
        batch = await self.source.call(
            "bridge.events",
            after=after,
            after_hash=after_hash,
            kinds=list(MIRRORED),
            with_runs=True,
            wait_seconds=wait_seconds,
            limit=limit,
        )
        self.looked = (batch["to"], batch["to_hash"])
        if not batch["events"]:
            return None
        return await self._publish(batch)

    async def _find_out(self) -> None:
        found = await self.target.call("bridge.cursor", origin=self.origin)
        if self.replace and found["position"] and await self._is_other(found):
            found = {**found, "position": 0, "hash": ""}
        else:
            self.replace = False
        self.cursor = found
        self.looked = (found["position"], found["hash"])

    async def _is_other(self, cursor: Mapping[str, Any]) -> bool:
        """Whether the source has another log than the one that was mirrored."""
        try:
            await self.source.call(
                "bridge.events", after=cursor["position"], after_hash=cursor["hash"], limit=1
            )
        except MosaicError as error:
            if error.code != "other-log":
                raise
            return True
        return False

    async def _publish(self, batch: Mapping[str, Any]) -> int:
        cursor = self.cursor or {}
        try:
            told = await self.target.call(
                "bridge.publish",
                origin=self.origin,
                after=cursor["position"],
                after_hash=cursor["hash"],
                to=batch["to"],
                to_hash=batch["to_hash"],
                events=batch["events"],
                runs=batch["runs"],
                replace=self.replace,
            )
        except MosaicError as error:
            # It may have come about, or another adapter of that name was faster: the target knows.
            self.cursor = None
            if error.code != "does-not-follow":
                raise
            return 0
        if (told["position"], told["hash"]) != self.looked:
            self.cursor = None  # another adapter of that name is ahead
            return 0
        self.replace = False
        self.cursor = told
        return len(batch["events"]) if told["is_new"] else 0


class TonyAdapter:
    """Mirrors `local` and `shared` to each other: the local system is called `name` in the shared one, and that
    `shared_name` in the local one.

    Args:
        local: a connection to the developer's own system.
        shared: a connection to the team's.
        name: unique among those who share it.
        shared_name: what the team's is called here.
        replace: begin anew where one of the systems has another log than it had (its store was deleted, or
            restored); what was mirrored of the old one is forgotten. Else that is refused (code ``other-log``).
        patience_seconds: how long to wait for a system that is gone.
        limit: the most events in a piece.
    """

    def __init__(  # noqa: PLR0913 - two systems, two names, three manners
        self,
        local: Calls,
        shared: Calls,
        *,
        name: str,
        shared_name: str = "shared",
        replace: bool = False,
        patience_seconds: float = 3600.0,
        limit: int = 200,
        wait_seconds: float = 3600.0,
    ) -> None:
        self._up = _Way(local, shared, name, replace)
        self._down = _Way(shared, local, shared_name, replace)
        self._patience = patience_seconds
        self._limit = limit
        self._wait = wait_seconds

    async def run(self) -> None:
        """Mirror both ways until cancelled. While nothing happens, nothing is done."""
        async with anyio_group() as group:
            group.start_soon(self._follow, self._up)
            group.start_soon(self._follow, self._down)

    async def catch_up(self) -> Mirrored:
        """Mirror what there is now, both ways, and return."""
        return Mirrored(up=await self._caught_up(self._up), down=await self._caught_up(self._down))

    async def _follow(self, way: _Way) -> None:
        while True:
            await patiently(lambda: way.round(self._wait, self._limit), self._patience)

    async def _caught_up(self, way: _Way) -> int:
        done = 0
        while (count := await patiently(lambda: way.round(0.0, self._limit), self._patience)) is not None:
            done += count
            await anyio.lowlevel.checkpoint()
        return done
