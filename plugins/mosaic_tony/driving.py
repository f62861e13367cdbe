"""Works on single runs in this system's own name, so that it goes on when the client that asked has left."""

from __future__ import annotations

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import MosaicError, NotFound
from mosaic_hookspecs.operations import Call
from mosaic_hookspecs.storage import Storage
from mosaic_hookspecs.tasks import RunState

from .records import Driven, DriveRun

_OVER = (RunState.FINISHED, RunState.CANCELLED)


class Driving:
    """Answers ``tony.drive``: begins to work on a run unless this or the engine does already."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.runs: dict[str, None] = {}
        """The runs that are worked on, in the order in which they were begun."""

    async def drive(self, request: DriveRun, call: Call) -> Driven:
        """Begin, and answer at once."""
        storage: Storage = self._context.port("storage").get()
        run = await storage.run(request.run_id)
        if run is None:
            raise NotFound(
                "no-run", f"there is no run {request.run_id!r}", hint="run.list names those that there are."
            )
        if run.state in _OVER:
            return Driven(run_id=request.run_id, by="nobody")
        if getattr(self._context.port("scheduling").get(), "is_driving", False):
            return Driven(run_id=request.run_id, by="engine")
        self.begin(request.run_id)
        return Driven(run_id=request.run_id, by="tony")

    def begin(self, run_id: str) -> None:
        """Work on a run until nothing can be done any more without a person or another agent."""
        if run_id not in self.runs:
            self.runs[run_id] = None
            self._context.start_soon(self._drive, run_id)

    async def _drive(self, run_id: str) -> None:
        try:
            await self._context.dispatch("run.drive", {"run_id": run_id})
        except (MosaicError, OSError) as error:
            self._context.log.warning("tony.drive_ended", run=run_id, error=error)
        finally:
            self.runs.pop(run_id, None)
