"""A run that was begun: what happens in it, what becomes of it, and its end. Waiting costs nothing."""

from __future__ import annotations

from functools import partial
from typing import Any

from mosaic_hookspecs.plan import Plan

from .following import Following
from .patience import patiently
from .server import MCPServer
from .views import Run, record_of

_WAIT_SECONDS = 3600.0
_FINAL = ("run.finished", "run.cancelled")
_MOVING = ("run.", "task.", "fleet.")


class Spawned:
    """A run. Iterate over it for what happens, each event once and in order, from the beginning to its end."""

    def __init__(
        self, mcp: MCPServer, run_id: str, plan: Plan | None = None, *, patience_seconds: float = 60.0
    ) -> None:
        self.run_id = run_id
        self.plan = plan
        """What it carries out, if it was spawned here."""
        self._mcp = mcp
        self._patience = patience_seconds

    def __aiter__(self) -> Following:
        return Following(self._mcp, run_id=self.run_id, last=_FINAL, patience_seconds=self._patience)

    async def show(self) -> Run:
        """Return how it stands."""
        return record_of(Run, await self._mcp.call("run.show", run_id=self.run_id))

    async def drive(self) -> str:
        """Have the system work on it, which goes on when this program has left; return who does."""
        return str((await self._mcp.call("tony.drive", run_id=self.run_id))["by"])

    async def result(self, *, for_others: bool = False) -> Run:
        """Wait until the run is final, or nothing can be done any more without a person or another agent; then
        return how it stands. With `for_others` wait for those, too.
        """
        while True:
            run = await patiently(self._looked, self._patience)
            if run.is_final or (run.result == "waiting" and not for_others):
                return run
            await patiently(partial(self._changed, run.sequence), self._patience)

    async def cancel(self, reason: str = "") -> Run:
        """End it; its attempts in flight are stopped."""
        return record_of(Run, await self._mcp.call("run.cancel", run_id=self.run_id, reason=reason))

    async def _looked(self) -> Run:
        await self.drive()
        return await self.show()

    async def _changed(self, after: int) -> Any:
        return await self._mcp.call(
            "bridge.events", after=after, wait_seconds=_WAIT_SECONDS, kinds=list(_MOVING), limit=1
        )
