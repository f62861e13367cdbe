"""What `mosaic top` shows, as data: asked for as a whole, so that what is shown belongs together.

Owns which operations are asked, and what is derived from their answers. What a system does not have (no inbox,
no engine of that version) is left empty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias

import attrs

from mosaic_hookspecs.errors import NotFound

_RUNS = 20
_FULLY_ASKED = 6  # unfinished runs, newest first
_MOST_ACTIVE = 100
_MOST_OVER = 5
FINAL = frozenset({"finished", "cancelled"})
_MINUTE = 60_000

Row: TypeAlias = Mapping[str, Any]
Key: TypeAlias = tuple[str, ...]
"""What is selected: ``run``, ``task`` or ``item``, and its identifiers."""


class Asked(Protocol):
    """Dispatches operations; answers are JSON data."""

    async def dispatch(self, operation: str, data: Mapping[str, Any]) -> Any:
        """Carry out an operation."""


@attrs.frozen(kw_only=True)
class Picture:
    """How everything stands. `runs` are those of ``run.list``, unfinished ones first, `working` those of
    ``task.active``, `waiting` those of ``run.why`` by run, `people` those of ``inbox.list``, `forecasts` when
    runs end (milliseconds since 1970 UTC), `active` how many tasks are being worked on.
    """

    runs: Sequence[Row] = ()
    working: Sequence[Row] = ()
    active: int = 0
    waiting: Mapping[str, Sequence[Row]] = attrs.field(factory=dict)
    people: Sequence[Row] = ()
    forecasts: Mapping[str, int] = attrs.field(factory=dict)
    now: int = 0
    sequence: int = 0

    @property
    def unfinished(self) -> Sequence[Row]:
        """The runs that are not over."""
        return [run for run in self.runs if run["state"] not in FINAL]

    @property
    def counted(self) -> Sequence[Row]:
        """The runs that the header is about: those that are not over; if all are, the newest."""
        return self.unfinished or self.runs[:1]

    def summary(self) -> dict[str, Any]:
        """Return what the header says: tasks, what was spent, the pace and the end that is foreseen."""
        runs = self.counted
        accepted = sum(run["counts"].get("accepted", 0) for run in runs)
        spent = [run.get("spent") or {} for run in runs]
        return {
            "runs": len(self.unfinished),
            "accepted": accepted,
            "total": sum(run["total"] for run in runs),
            "failed": sum(run["counts"].get("failed", 0) for run in runs),
            "working": self.active,
            "needs_you": len(self.people),
            "money": sum(one.get("money", 0.0) for one in spent),
            "tokens": sum(one.get("input_tokens", 0) + one.get("output_tokens", 0) for one in spent),
            "accepted_per_minute": self._rate(runs),
            "forecast_end": max(self.forecasts.values(), default=None),
        }

    def _rate(self, runs: Sequence[Row]) -> float | None:
        accepted = sum(run["counts"].get("accepted", 0) for run in runs)
        if not accepted:
            return None
        begun = min(run["created_at"] for run in runs)
        ended = max(run["ended_at"] or self.now for run in runs)
        return float(round(accepted * _MINUTE / max(1, ended - begun), 4))

    def keys(self) -> list[Key]:
        """Return what can be selected, in the order in which it is shown."""
        return [
            *(run_key(run) for run in self.runs),
            *(item_key(item) for item in self.people),
            *(task_key(task) for task in self.working),
        ]

    def run_of(self, key: Key | None) -> Row | None:
        """Return the run that a selection is about."""
        if key is None:
            return None
        item = self.item_of(key)
        run_id = item["run_id"] if item else key[1]
        return next((run for run in self.runs if run["run_id"] == run_id), None)

    def item_of(self, key: Key | None) -> Row | None:
        """Return the item that is selected, or that is about the task that is."""
        for item in self.people:
            if key == item_key(item):
                return item
        return None

    def task_of(self, key: Key | None) -> tuple[str, str, str] | None:
        """Return run, task and title of the task whose log a selection means."""
        item = self.item_of(key)
        if item is not None:
            return (item["run_id"], item["task_id"], item["title"]) if item["task_id"] else None
        for task in self.working:
            if (
                key is not None
                and key[1] == task["run_id"]
                and key in (task_key(task), ("run", task["run_id"]))
            ):
                return task["run_id"], task["task_id"], task["title"] or task["task_id"]
        return None

    def to_data(self) -> dict[str, Any]:
        """Return all of it as JSON data."""
        return {
            "summary": self.summary(),
            "runs": [dict(run) for run in self.runs],
            "working": [dict(task) for task in self.working],
            "needs_you": [dict(item) for item in self.people],
            "waiting": {run_id: [dict(group) for group in groups] for run_id, groups in self.waiting.items()},
            "forecasts": dict(self.forecasts),
            "now": self.now,
        }


def run_key(run: Row) -> Key:
    """Name a run."""
    return "run", run["run_id"]


def task_key(task: Row) -> Key:
    """Name a task that is being worked on."""
    return "task", task["run_id"], task["task_id"]


def item_key(item: Row) -> Key:
    """Name something that needs a person."""
    return "item", item["id"]


async def take_picture(link: Asked) -> Picture:
    """Ask how everything stands. Raises what the operations do, and `LinkLost`."""
    runs = (await _asked(link, "run.list", {"limit": _RUNS}, {"items": []}))["items"]
    over = [run for run in runs if run["state"] in FINAL]
    runs = [run for run in runs if run["state"] not in FINAL] + over[:_MOST_OVER]
    active = await _asked(link, "task.active", {"limit": _MOST_ACTIVE}, {"items": [], "total": 0})
    people = await _asked(link, "inbox.list", {"limit": 1000}, {"items": []})
    of_people = {(item["run_id"], item["task_id"]) for item in people["items"] if item["kind"] == "task"}
    waiting: dict[str, Sequence[Row]] = {}
    forecasts: dict[str, int] = {}
    for run in runs[:_FULLY_ASKED]:
        if run["state"] in FINAL:
            continue
        run_id = run["run_id"]
        waiting[run_id] = (await _asked(link, "run.why", {"run_id": run_id}, {"items": []}))["items"]
        foreseen = await _asked(link, "run.schedule", {"run_id": run_id, "limit": 1}, {"forecast_end": None})
        if foreseen["forecast_end"] is not None:
            forecasts[run_id] = foreseen["forecast_end"]
    return Picture(
        runs=runs,
        working=[task for task in active["items"] if (task["run_id"], task["task_id"]) not in of_people],
        active=active["total"],
        waiting=waiting,
        people=people["items"],
        forecasts=forecasts,
        now=runs[0]["now"] if runs else 0,
        sequence=min((run["sequence"] for run in runs), default=0),
    )


async def _asked(link: Asked, operation: str, data: Row, default: Row) -> Row:
    try:
        answer: Row = await link.dispatch(operation, data)
    except NotFound:  # the operation, or the run that has just gone
        return default
    return answer
