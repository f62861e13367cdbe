"""What assignments carry beside the task: the run's settings, and what earlier tasks gave."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

from mosaic_hookspecs.data import JsonObject
from mosaic_hookspecs.errors import NotFound
from mosaic_hookspecs.storage import Storage
from mosaic_hookspecs.tasks import RunSpec, TaskSpec, TaskState

_MOST = 20_000
_MOST_RUNS = 1000
_PLAIN: JsonObject = {"result": TaskState.ACCEPTED.value, "outputs": {}}


class Results:
    """Remembers the results of tasks that were accepted, which never change again; asks the store for
    the others. Bounded: the oldest are forgotten.
    """

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._runs: dict[str, RunSpec] = {}
        self._known: OrderedDict[tuple[str, str], JsonObject] = OrderedDict()

    async def run(self, run_id: str) -> RunSpec:
        """Return what a run asked for. Raises `NotFound`."""
        spec = self._runs.get(run_id)
        if spec is None:
            record = await self._storage.run(run_id)
            if record is None:
                raise NotFound("no-run", f"there is no run {run_id!r}")
            if len(self._runs) >= _MOST_RUNS:
                self._runs.clear()
            spec = self._runs[run_id] = record.spec
        return spec

    def accepted(self, run_id: str, task_id: str, outputs: JsonObject) -> None:
        """Remember the result of a task that was just accepted."""
        self._known[run_id, task_id] = {"result": "accepted", "outputs": outputs} if outputs else _PLAIN
        if len(self._known) > _MOST:
            self._known.popitem(last=False)

    async def of(self, run_id: str, spec: TaskSpec) -> Mapping[str, JsonObject]:
        """Return state and outputs of each task that `spec` needs."""
        found: dict[str, JsonObject] = {}
        for need in spec.needs:
            result = self._known.get((run_id, need.task_id))
            if result is None:
                record = await self._storage.task(run_id, need.task_id)
                if record is None:
                    continue
                if record.state is TaskState.ACCEPTED:
                    self.accepted(run_id, need.task_id, record.outputs)
                result = {"result": record.state.value, "outputs": record.outputs}
            found[need.task_id] = result
        return found
