"""The engine's queries without a kernel: the same reading, over a store that is only looked at."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from mosaic_hookspecs.glance import Glance
from mosaic_hookspecs.tasks import StoredTask, TaskState

from .reading import Reading
from .views import RunList, RunView, TaskList, WhyView

_RUNS, _TASKS = 50, 200  # as the operations' inputs have them by default


class _Here:
    """What `Reading` asks of its surroundings, where nothing is configured."""

    def __init__(self, glance: Glance) -> None:
        self.storage = glance.storage
        self.state_directory = glance.state_directory
        self.offers = glance.offers
        self.quotas: Mapping[str, int] = {}

    def now(self) -> int:
        return time.time_ns() // 1_000_000

    async def stored(self, names: Sequence[tuple[str, str]]) -> Sequence[StoredTask | None]:
        return [await self.storage.stored(*name) for name in names]


async def run_list(glance: Glance, data: Mapping[str, Any]) -> RunList:
    """Answer ``run.list``."""
    found = await Reading(_Here(glance)).runs(data.get("limit", _RUNS), data.get("before"))
    return RunList(items=found)


async def run_show(glance: Glance, data: Mapping[str, Any]) -> RunView:
    """Answer ``run.show``."""
    return await Reading(_Here(glance)).run_view(data.get("run_id", ""))


async def task_list(glance: Glance, data: Mapping[str, Any]) -> TaskList:
    """Answer ``task.list``."""
    states = [TaskState(state) for state in data.get("states", ())]
    reading = Reading(_Here(glance))
    found = await reading.tasks(data.get("run_id", ""), states, data.get("after", 0), data.get("limit", _TASKS))
    return TaskList(items=found)


async def task_why(glance: Glance, data: Mapping[str, Any]) -> WhyView:
    """Answer ``task.why``."""
    return await Reading(_Here(glance)).why(data.get("run_id", ""), data["task_id"])
