"""Tasks and runs as the engine sees them: what was asked (specs) and how it stands (records).

A spec never changes after its run starts. A record is a projection of the event log: it is replaced
by `mosaic_hookspecs.evolve` and by nothing else. Owns the values; the rules are in `decide` and
`evolve`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs.checks import Check
from mosaic_hookspecs.data import JsonObject, canonical_json


class TaskState(str, enum.Enum):
    """Where a task stands. Dependants unlock only on ``accepted``."""

    BLOCKED = "blocked"  # a dependency is not accepted yet
    GATED = "gated"  # ready but for a person's approval
    DELAYED = "delayed"  # waits until `not_before`, after a failed attempt
    READY = "ready"
    LEASED = "leased"
    REPORTED = "reported"  # the agent says that it is done; nothing was verified yet
    MERGING = "merging"  # verified; its publication was decided and will be carried out exactly once
    ACCEPTED = "accepted"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"

    is_final: bool  # whether nothing more happens to the task unless a person asks for it
    is_held: bool  # whether an attempt holds a lease on the task

    def __init__(self, value: str) -> None:  # plain attributes, since every event asks for them
        self.is_final = value in {"accepted", "failed", "skipped", "cancelled"}
        self.is_held = value in {"leased", "reported", "merging"}


class RunState(str, enum.Enum):
    """Where a run stands. Only an active run's tasks are claimed."""

    ACTIVE = "active"
    PAUSED = "paused"
    EXHAUSTED = "exhausted"  # its budget is spent
    CANCELLED = "cancelled"
    FINISHED = "finished"  # every task is final


@attrs.frozen(kw_only=True)
class Need:
    """A dependency. `settled` asks only that the other task is final, whatever became of it."""

    task_id: str
    settled: bool = False


@attrs.frozen(kw_only=True)
class Retry:
    """How often to try, and how long to wait: `delay_seconds` × `factor`ⁿ, at most `max_delay_seconds`,
    give or take `jitter` (a share between 0 and 1).
    """

    attempts: int = 2
    delay_seconds: float = 1.0
    factor: float = 2.0
    max_delay_seconds: float = 300.0
    jitter: float = 0.2


@attrs.frozen(kw_only=True)
class TaskSpec:
    """What a task asks for.

    `runtime` names the agent ("": any that has all `labels`). `work` is the agent's input.
    `workspace` names a workspace provider ("": the task needs none). `approval` is the question that
    a person answers before the task starts ("": none). `resources` are held while an attempt runs,
    and counted against quotas. `group` is a concurrency group, in which one task runs at a time.
    `tolerates_failure` lets dependants go on although the task failed. `priority` is larger for what
    must go first (by default: minutes on the longest path to the end). `path` holds the titles of what
    the task is part of, outermost first, for people.
    """

    task_id: str
    title: str = ""
    needs: Sequence[Need] = ()
    runtime: str = ""
    labels: Sequence[str] = ()
    work: JsonObject = attrs.field(factory=dict)
    workspace: str = ""
    checks: Sequence[Check] = ()
    retry: Retry = Retry()
    timeout_seconds: float = 1800.0
    approval: str = ""
    resources: Mapping[str, int] = attrs.field(factory=dict)
    group: str = ""
    tolerates_failure: bool = False
    priority: int = 0
    minutes: int | None = None
    path: Sequence[str] = ()

    def to_data(self) -> dict[str, Any]:
        """Return the spec as JSON data; fields that hold their default are left out."""
        data: dict[str, Any] = {"task_id": self.task_id}
        for name, default in _PLAIN_DEFAULTS.items():
            value = getattr(self, name)
            if value != default:
                data[name] = dict(value) if isinstance(value, Mapping) else value
        for name in ("labels", "path"):
            if getattr(self, name):
                data[name] = list(getattr(self, name))
        if self.needs:
            data["needs"] = [[need.task_id, need.settled] for need in self.needs]
        if self.checks:
            data["checks"] = [check.to_data() for check in self.checks]
        if self.retry != _DEFAULT_RETRY:
            data["retry"] = attrs.asdict(self.retry)
        return data

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> TaskSpec:
        """Build a spec from what `to_data` returned."""
        values = dict(data)
        if "needs" in values:
            values["needs"] = tuple(Need(task_id=name, settled=settled) for name, settled in values["needs"])
        if "checks" in values:
            values["checks"] = tuple(Check.from_data(check) for check in values["checks"])
        if "retry" in values:
            values["retry"] = Retry(**values["retry"])
        for name in ("labels", "path"):
            if name in values:
                values[name] = tuple(values[name])
        return cls(**values)

    @property
    def queue_key(self) -> str:
        """The class of tasks that any claim takes or leaves together, as canonical text.

        Within a run, tasks of one queue differ only in priority and age: what decides whether a claim
        may take one (agent, labels, resources, group) is the same for all of them.
        """
        if not (self.labels or self.resources or self.group):
            return self.runtime
        return canonical_json([self.runtime, sorted(self.labels), dict(self.resources), self.group])


_DEFAULT_RETRY = Retry()
_PLAIN_DEFAULTS: dict[str, Any] = {
    "title": "",
    "runtime": "",
    "work": {},
    "workspace": "",
    "timeout_seconds": 1800.0,
    "approval": "",
    "resources": {},
    "group": "",
    "tolerates_failure": False,
    "priority": 0,
    "minutes": None,
}


@attrs.frozen(kw_only=True)
class Queue:
    """What the tasks of one queue of a run ask of a claim; see `TaskSpec.queue_key`."""

    key: str
    runtime: str = ""
    labels: frozenset[str] = frozenset()
    resources: Mapping[str, int] = attrs.field(factory=dict)
    group: str = ""


@attrs.frozen(kw_only=True)
class Budget:
    """The most that a run may spend; None: no limit. `money` is in US dollars."""

    tokens: int | None = None
    money: float | None = None


@attrs.frozen(kw_only=True)
class Usage:
    """What was spent. `money` is in US dollars; `is_estimated` where the agent did not report it.

    `cached_tokens` are those of `input_tokens` that were read from a cache. `model` is what was asked ("": not
    known, or several). `is_subscription` where it is paid for already: `money` is then what else was charged.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    money: float = 0.0
    is_estimated: bool = False
    cached_tokens: int = 0
    model: str = ""
    is_subscription: bool = False

    def __add__(self, other: Usage) -> Usage:
        """Add up two usages; the sum is estimated if either is, and a subscription's if both are."""
        if other == _NOTHING:
            return self
        if self == _NOTHING:
            return other
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            money=self.money + other.money,
            is_estimated=self.is_estimated or other.is_estimated,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            model=self.model if self.model == other.model else "",
            is_subscription=self.is_subscription and other.is_subscription,
        )

    def exceeds(self, budget: Budget) -> bool:
        """Whether this is more than `budget` allows."""
        tokens = self.input_tokens + self.output_tokens
        return (budget.tokens is not None and tokens > budget.tokens) or (
            budget.money is not None and self.money > budget.money
        )


_NOTHING = Usage()


@attrs.frozen(kw_only=True)
class RunSpec:
    """What a run asks for. `target` says what was run (a path, or the goal's words); `inputs` and
    `settings` (workspace, branch, environment …) are for the plugins that carry it out.
    """

    run_id: str
    project: str = "default"
    title: str = ""
    target: str = ""
    budget: Budget = Budget()
    inputs: JsonObject = attrs.field(factory=dict)
    settings: JsonObject = attrs.field(factory=dict)

    def to_data(self) -> dict[str, Any]:
        """Return the spec as JSON data that `from_data` reads back."""
        return attrs.asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> RunSpec:
        """Build a spec from what `to_data` returned."""
        return cls(**{**data, "budget": Budget(**data.get("budget", {}))})


@attrs.frozen(kw_only=True)
class RunRecord:
    """How a run stands. How many tasks are in each state is a counter: see `mosaic_hookspecs.view`."""

    spec: RunSpec
    state: RunState
    created_at: int
    ended_at: int | None = None
    total: int = 0
    queues: Mapping[str, Queue] = attrs.field(factory=dict)
    spent: Usage = Usage()

    @property
    def run_id(self) -> str:
        """The run's identifier."""
        return self.spec.run_id


@attrs.frozen(kw_only=True)
class Merge:
    """The intent to publish: move the branch from `base` to `candidate`, as decided under `token`."""

    token: int
    candidate: str
    base: str


@attrs.frozen(kw_only=True)
class TaskRecord:
    """How a task stands.

    `position` is its age: it grows over all tasks of a store. `unmet` counts the dependencies that
    are not satisfied. `token` is the fencing token of the newest lease (0: never claimed), `agent` whose
    attempt that is, and `claimed_at` when it began. Times are milliseconds since 1970 UTC. `cause` is the
    task because of which this one was skipped; `reason` the newest failure in words. `refusals` counts the
    attempts that failed since the last start afresh.
    """

    run_id: str
    task_id: str
    position: int
    state: TaskState
    queue_key: str = ""
    priority: int = 0
    unmet: int = 0
    token: int = 0
    refusals: int = 0
    holder: str = ""
    lease_until: int | None = None
    not_before: int | None = None
    is_approved: bool = False
    cause: str = ""
    reason: str = ""
    commit: str = ""
    merge: Merge | None = None
    outputs: JsonObject = attrs.field(factory=dict)
    agent: str = ""
    claimed_at: int | None = None


@attrs.frozen(kw_only=True)
class Dependant:
    """A task that waits for another, and whether it wants it only `settled`."""

    task_id: str
    settled: bool = False


@attrs.frozen(kw_only=True)
class StoredTask:
    """The part of a task that never changes: its spec, and who waits for it."""

    spec: TaskSpec
    dependants: Sequence[Dependant] = ()
