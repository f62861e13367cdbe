"""An observer that starts a run of one workflow when a run of another was accepted."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import trio

from mosaic_hookspecs import Context, Event, MosaicError, NotFound


class FollowUp:
    """Events come at least once, so what it starts has a name that is made of what it follows: the second
    time, that run is there already.
    """

    def __init__(self, context: Context, after: Mapping[str, str]) -> None:
        self._context = context
        self._after = after

    async def observe(self, events: Sequence[Event]) -> None:
        """Look at the runs that have finished."""
        for event in events:
            if event.kind == "run.finished":
                await self._follow(event.run_id)

    async def _follow(self, run_id: str) -> None:
        run = await self._context.dispatch("run.show", {"run_id": run_id})
        following = self._after.get(Path(run.target).name)
        if following is None or run.result != "accepted" or await self._is_there(f"{run_id}-then"):
            return
        path = trio.Path(self._context.project_directory / following)
        request = {
            "target": str(path),
            "text": await path.read_text("utf-8"),
            "run_id": f"{run_id}-then",
            "inputs": {"after": run_id},
        }
        try:
            await self._context.dispatch("run.create", request)
        except MosaicError as error:
            # A workflow that is wrong stays wrong however often it is tried: say so, and go on.
            self._context.log.warning("follow-up.not_started", after=run_id, error=error)

    async def _is_there(self, run_id: str) -> bool:
        try:
            await self._context.dispatch("run.show", {"run_id": run_id})
        except NotFound:
            return False
        return True
