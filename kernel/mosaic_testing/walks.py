"""Draws the next step of a random walk: a command, mostly one that the state allows, sometimes one that it
must refuse; or a document.
"""

from __future__ import annotations

from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st

from mosaic_hookspecs import (
    AbandonMerge,
    Accept,
    Approve,
    BeginMerge,
    Budget,
    CancelRun,
    CancelTask,
    Claim,
    Command,
    Evidence,
    ExhaustRun,
    JsonObject,
    PauseRun,
    Prioritize,
    RecordEvent,
    RecordUsage,
    Reject,
    Release,
    Renew,
    Report,
    ResumeRun,
    RetryTask,
    TaskRecord,
    TaskState,
    Tick,
)

from .graphs import ANY_AGENT, NOW_OR_LATER, start_run, task_specs, usages
from .reference import ReferenceView

T = TypeVar("T")
_MOST_RUNS = 3
_STEPS = ("lease",) * 9 + ("claim",) * 4 + ("task",) * 4 + ("run", "other", "start")
_ENDS = ("succeeded",) * 4 + ("failed", "failed", "skipped")
_RUN_STEPS = (ResumeRun, ResumeRun, ResumeRun, PauseRun, ExhaustRun, CancelRun)
_MOSTLY, _SELDOM = (True,) * 9 + (False,), (False,) * 9 + (True,)
_EVIDENCE = Evidence(commit="c1")


class Draw(Protocol):
    """What Hypothesis draws with."""

    def __call__(self, strategy: st.SearchStrategy[T], /) -> T:
        """Draw a value."""


def draw_command(draw: Draw, view: ReferenceView) -> Command:
    """Draw a command that fits, or does not fit, what `view` holds."""
    step = draw(st.sampled_from(_STEPS))
    if not view.runs or (step == "start" and len(view.runs) < _MOST_RUNS):
        budget = draw(st.sampled_from([Budget(), Budget(), Budget(tokens=100)]))
        return start_run(f"r{len(view.runs)}", draw(task_specs()), budget=budget)
    held = [task for task in view.tasks.values() if task.state.is_held]
    if step == "lease" and held:
        record = draw(st.sampled_from(held))
        return _of_a_lease(draw, record, {"run_id": record.run_id, "task_id": record.task_id})
    if step == "task":
        return _of_a_task(draw, view)
    if step == "run":
        return _of_a_run(draw, view)
    if step == "other":
        others: list[Command] = [Tick(), Tick(limit=1), RecordEvent(kind="walk.step", body={"a": [1.5, "ü"]})]
        return draw(st.sampled_from(others))
    return _claim(draw, view)


def draw_document(draw: Draw) -> tuple[str, str, JsonObject]:
    """Draw a document of few names and few bodies, some of which are equal in Python and not in JSON."""
    bodies: list[JsonObject] = [{"n": 1}, {"n": 1.0}, {"n": True}, {}, {"text": "ü", "list": [None, {}]}]
    names = draw(st.sampled_from(["walk.a", "walk.b"])), draw(st.sampled_from(["", "a", "b", "ü"]))
    return *names, draw(st.sampled_from(bodies))


def _claim(draw: Draw, view: ReferenceView) -> Claim:
    return Claim(
        holder=draw(st.sampled_from(["a", "b"])),
        offers=[ANY_AGENT],
        limit=draw(st.integers(1, 4)),
        lease_seconds=draw(NOW_OR_LATER),
        quotas=draw(st.sampled_from([{}, {}, {"gpu": 1}, {"tasks": 3}])),
        run_id=draw(st.sampled_from(["", "", *view.runs])),
    )


def _of_a_run(draw: Draw, view: ReferenceView) -> Command:
    run_id = draw(st.sampled_from([*view.runs, *view.runs, "no-such-run"]))
    kind = draw(st.sampled_from(_RUN_STEPS))
    if kind is ResumeRun:
        return ResumeRun(run_id=run_id, budget=draw(st.sampled_from([None, Budget(tokens=1000)])))
    command: Command = kind(run_id=run_id)
    return command


def _of_a_task(draw: Draw, view: ReferenceView) -> Command:
    record = draw(st.sampled_from(list(view.tasks.values())))
    is_known = draw(st.sampled_from(_MOSTLY))
    names: dict[str, Any] = {"run_id": record.run_id, "task_id": record.task_id if is_known else "no-such-task"}
    approval = Approve(**names, is_granted=draw(st.sampled_from(_MOSTLY)), comment="so be it")
    if record.state is TaskState.GATED:
        return approval
    if record.state is TaskState.DELAYED or record.state.is_final:
        return RetryTask(**names)
    commands: list[Command] = [
        approval,
        RetryTask(**names),
        CancelTask(**names, reason="not wanted"),
        _move(draw, view, names),
        _move(draw, view, names),
        Accept(**names, token=record.token),
        Renew(**names, token=record.token + 1),
    ]
    return draw(st.sampled_from(commands))


def _move(draw: Draw, view: ReferenceView, names: dict[str, Any]) -> Prioritize:
    if draw(st.booleans()):
        return Prioritize(**names, priority=draw(st.integers(-2, 3)))
    neighbours = [task.task_id for task in view.tasks.values() if task.run_id == names["run_id"]]
    return Prioritize(**names, before=draw(st.sampled_from(neighbours)))


def _of_a_lease(draw: Draw, record: TaskRecord, names: dict[str, Any]) -> Command:
    is_stale = draw(st.sampled_from(_SELDOM))
    lease: dict[str, Any] = {**names, "token": record.token - is_stale}
    report = Report(
        **lease,
        outcome=draw(st.sampled_from(_ENDS)),
        reason="as it went",
        outputs=draw(st.sampled_from([{}, {"path": "a/b", "size": 3, "is": None}])),
        usage=draw(usages),
    )
    usual: dict[TaskState, list[Command]] = {
        TaskState.LEASED: [report, report],
        TaskState.REPORTED: [
            Accept(**lease),
            BeginMerge(**lease, candidate="c1", base="b1", evidence=_EVIDENCE),
        ],
        TaskState.MERGING: [
            Accept(**lease, evidence=_EVIDENCE),
            AbandonMerge(**lease, reason="the branch moved"),
        ],
    }
    if draw(st.sampled_from(_MOSTLY)):
        return draw(st.sampled_from(usual[record.state]))
    others: list[Command] = [
        Renew(**lease, lease_seconds=draw(NOW_OR_LATER)),
        Reject(**lease, reason="a check failed", counts=draw(st.booleans()), may_retry=draw(st.booleans())),
        Release(**lease, reason="going home"),
        RecordUsage(**lease, usage=draw(usages)),
        CancelTask(**names),
        *(command for commands in usual.values() for command in commands),
    ]
    return draw(st.sampled_from(others))
