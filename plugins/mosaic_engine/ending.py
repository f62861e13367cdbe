"""Whether a drive of one run has nothing left to do."""

from __future__ import annotations

from typing import Protocol

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import NotFound
from mosaic_hookspecs.storage import Storage

from .config import Config
from .crew import agents_here
from .progress import can_progress


class Driven(Protocol):
    """The drive, as far as its end depends on it."""

    storage: Storage
    config: Config
    run_id: str


async def is_over(context: Context, driver: Driven) -> bool:
    """Whether nothing can be done any more in the driver's run without a person or another agent.

    Raises:
        NotFound: there is no such run.
    """
    run = await driver.storage.run(driver.run_id)
    if run is None:
        raise NotFound("no-run", f"there is no run {driver.run_id!r}", hint="`mosaic runs` lists them.")
    here = agents_here(context).values()
    return not await can_progress(driver.storage, run, lambda: [o for o, _ in here], driver.config.quotas)
