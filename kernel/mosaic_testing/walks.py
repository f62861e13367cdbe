"""Draws the next command of a random walk: mostly one that the state allows, sometimes one that it
must refuse.
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
    PauseRun,
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
_ENDS = ("succeeded", "succeeded", "succeeded", "failed", "skipped")
_EVIDENCE = Evidence(commit="c0ffee")


class Draw(Protocol):
    """What Hypothesis draws with."""

    def __call__(self, strategy: st.SearchStrategy[T], /) -> T:
        """Draw a value."""


def draw_command(draw: Draw, view: ReferenceView) -> Command:
    """Draw a command that fits, or does not fit, what `view` holds."""
    if not view.runs or (len(view.runs) < _MOST_RUNS and draw(st.integers(0, 9)) == 0):
        budget = draw(st.sampled_from([Budget(), Budget(), Budget(tokens=100)]))
        return start_run(f"r{len(view.runs)}", draw(task_specs()), budget=budget)
    which = draw(st.integers(0, 9))
    if which <= 2:
        return _claim(draw, view)
    if which == 3:
        return _of_a_run(draw, view)
    if which == 4:
        return draw(
            st.sampled_from([Tick(), Tick(limit=1), RecordEvent(kind="walk.step", body={"a": [1.5, "ü"]})])
        )
    return _of_a_task(draw, view)


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
    run_id = draw(st.sampled_from([*view.runs, "no-such-run"]))
    commands: list[Command] = [
        PauseRun(run_id=run_id),
        ResumeRun(run_id=run_id),
        ResumeRun(run_id=run_id, budget=Budget(tokens=1000)),
        CancelRun(run_id=run_id),
    ]
    return draw(st.sampled_from(commands))


def _of_a_task(draw: Draw, view: ReferenceView) -> Command:
    record = draw(st.sampled_from(list(view.tasks.values())))
    names: dict[str, Any] = {"run_id": record.run_id, "task_id": record.task_id}
    if draw(st.integers(0, 19)) == 0:
        names["task_id"] = "no-such-task"
    if record.state.is_held and draw(st.integers(0, 9)):
        return _of_a_lease(draw, record, names)
    commands: list[Command] = [
        Approve(**names, is_granted=draw(st.integers(0, 3)) > 0, comment="so be it"),
        RetryTask(**names),
        CancelTask(**names, reason="not wanted"),
        Accept(**names, token=record.token),
        Renew(**names, token=record.token + 1),
    ]
    wanted = {TaskState.GATED: 0, TaskState.DELAYED: 1}.get(record.state, 1 if record.state.is_final else None)
    if wanted is not None and draw(st.booleans()):
        return commands[wanted]
    return draw(st.sampled_from(commands))


def _of_a_lease(draw: Draw, record: TaskRecord, names: dict[str, Any]) -> Command:
    lease: dict[str, Any] = {**names, "token": record.token if draw(st.integers(0, 9)) else record.token - 1}
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
    if draw(st.integers(0, 2)):
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
