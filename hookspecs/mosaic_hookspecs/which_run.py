"""Which run is meant: the one that is named, or the newest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mosaic_hookspecs.errors import NotFound

if TYPE_CHECKING:
    # Not for a glance at the status, which should import little.
    from mosaic_hookspecs.storage import Storage
    from mosaic_hookspecs.tasks import RunRecord


async def find_run(storage: Storage, run_id: str) -> RunRecord:
    """Return a run ("": the newest).

    Raises:
        NotFound: there is no such run, or none at all (code ``no-run``).
    """
    if run_id:
        run = await storage.run(run_id)
        if run is None:
            raise NotFound("no-run", f"there is no run {run_id!r}", hint="`mosaic runs` lists them.")
        return run
    newest = await storage.runs(limit=1)
    if not newest:
        raise NotFound("no-run", "there are no runs yet", hint='`mosaic run --goal "…"` starts one.')
    return newest[0]
