"""What the analytics must say, computed plainly: the whole log again, by the rules' own records."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict

from mosaic_analytics.reasons import group_of
from mosaic_hookspecs import TaskState, replay
from mosaic_memory.view import MemoryView

ENDS = ("accepted", "refused", "released", "skipped", "cancelled")
DROPPED = (TaskState.FAILED, TaskState.SKIPPED, TaskState.CANCELLED)


class Plain:
    """Everything that happened, as lists of (at, project, …)."""

    def __init__(self, events, run_id=""):
        self.view = MemoryView()
        self.accepted, self.attempts, self.reasons, self.added, self.dropped = [], [], [], [], []
        self._ready, self._claimed, self._tries, self._faults = {}, {}, {}, set()
        self._agents = {}
        for event in events:
            if event.run_id and run_id in ("", event.run_id):
                self._take(event)

    def _states(self, run_id):
        return {key: record.state for key, record in self.view.tasks.items() if key[0] == run_id}

    def _take(self, event):
        before = self._states(event.run_id)
        replay(event, self.view)
        after = self._states(event.run_id)
        run = self.view.run(event.run_id)
        project = run.spec.project if run else ""
        key, body, kind = (event.run_id, event.task_id), json.loads(event.body), event.kind
        end = kind.removeprefix("task.")
        was_tried = key in self._tries
        if end in ENDS and was_tried:
            outcome = "released" if body.get("backs_off") else end
            self.attempts.append((event.at, project, self._tries.pop(key), outcome))
        if kind in ("task.refused", "task.denied") or (kind == "task.released" and was_tried):
            self.reasons.append((event.at, project, group_of(kind, body)))
        if kind == "task.refused" and body["counts"]:
            self._faults.add(key)
        if kind == "task.claimed":
            self._tries[key] = body.get("agent", "")
            self._claimed.setdefault(key, event.at)
        if kind == "task.reopened":
            self._ready.pop(key, None)
            self._claimed.pop(key, None)
        for name, state in after.items():
            self._move(name, before.get(name), state, event.at, project)
        if kind == "task.accepted":
            at = event.at
            lengths = (max(0, at - self._ready[key]), max(0, at - self._claimed[key]))  # clocks go back, too
            self.accepted.append((at, project, *lengths, key not in self._faults))

    def _move(self, name, old, state, at, project):
        if old is None:
            self.added.append((at, project))
        else:
            change = (state in DROPPED) - (old in DROPPED)
            if change:
                self.dropped.append((at, project, change))
        if state is TaskState.READY and old is not state:
            self._ready.setdefault(name, at)
        elif state in (TaskState.BLOCKED, TaskState.GATED) and name not in self._claimed:
            self._ready.pop(name, None)

    def buckets(self, project, since, size):
        """Map each bucket's start to (accepted, first, leads, cycles, outcomes)."""
        found = defaultdict(lambda: (Counter(), [], [], Counter()))
        for at, of, lead, cycle, is_first in self.accepted:
            if at >= since and project in ("", of):
                counts, leads, cycles, _ = found[at // size * size]
                counts["accepted"] += 1
                counts["first"] += is_first
                leads.append(lead)
                cycles.append(cycle)
        for at, of, agent, outcome in self.attempts:
            if at >= since and project in ("", of):
                found[at // size * size][3][agent, outcome] += 1
        return found

    def until(self, project, moment):
        """Return (accepted, dropped, total) of all time before a moment."""
        return (
            sum(at < moment and project in ("", of) for at, of, *_ in self.accepted),
            sum(change for at, of, change in self.dropped if at < moment and project in ("", of)),
            sum(at < moment and project in ("", of) for at, of in self.added),
        )


def exact(lengths, share):
    """Return the quantile of a list, exactly."""
    if not lengths:
        return None
    return sorted(lengths)[max(1, math.ceil(share * len(lengths))) - 1]
