"""What retries after a retry must not do: start a task too early, or leave a run without an end."""

from mosaic_hookspecs import (
    Approve,
    CancelRun,
    CancelTask,
    Claim,
    Need,
    Reject,
    Release,
    Report,
    ResumeRun,
    Retry,
    RetryTask,
    RunState,
    TaskSpec,
    TaskState,
)
from mosaic_testing import laws
from mosaic_testing.graphs import ANY_AGENT, start_run
from mosaic_testing.reference import Reference

ONCE = Retry(attempts=1)


def begin(*specs):
    reference = Reference()
    assert reference.do(start_run("r", specs), now=0) is None
    return reference


def state(reference, task_id):
    return reference.view.tasks["r", task_id].state


def claim(reference, *, limit=1):
    return reference.do(Claim(holder="h", offers=[ANY_AGENT], limit=limit), now=0)


def end(reference, lease, outcome):
    report = Report(run_id="r", task_id=lease.task_id, token=lease.token, outcome=outcome)
    assert reference.do(report, now=0) is None


def retry(reference, task_id):
    assert reference.do(RetryTask(run_id="r", task_id=task_id), now=0) is None


def sound(reference):
    laws.assert_counters_are_a_recount(reference.view)
    laws.assert_dependencies_hold(reference.view)
    laws.assert_nothing_is_stuck(reference.view)


def test_a_need_that_ends_twice_is_counted_once():
    reference = begin(
        TaskSpec(task_id="x", retry=ONCE, priority=9),
        TaskSpec(task_id="y", retry=ONCE),
        TaskSpec(task_id="d", needs=(Need(task_id="x", settled=True), Need(task_id="y")), approval="May it?"),
    )
    assert reference.do(Approve(run_id="r", task_id="d", is_granted=False), now=0) is None
    (lease,) = claim(reference)
    end(reference, lease, "failed")
    retry(reference, "x")
    sound(reference)
    (lease,) = claim(reference)
    end(reference, lease, "failed")
    retry(reference, "d")
    assert state(reference, "d") is TaskState.BLOCKED, "y was never accepted"
    sound(reference)


def test_a_failed_task_tried_again_waits_for_a_need_that_is_tried_again():
    reference = begin(
        TaskSpec(task_id="x", retry=ONCE, tolerates_failure=True),
        TaskSpec(task_id="d", needs=(Need(task_id="x"),), retry=ONCE),
    )
    for _ in ("x", "d"):
        (lease,) = claim(reference)
        end(reference, lease, "failed")
    retry(reference, "x")
    retry(reference, "d")
    assert state(reference, "d") is TaskState.BLOCKED
    sound(reference)
    (lease,) = claim(reference, limit=5)
    assert lease.task_id == "x"
    end(reference, lease, "failed")
    assert state(reference, "d") is TaskState.READY
    sound(reference)


def test_an_attempt_given_back_waits_for_a_need_that_is_tried_again():
    reference = begin(
        TaskSpec(task_id="x", retry=ONCE, tolerates_failure=True),
        TaskSpec(task_id="d", needs=(Need(task_id="x"),), retry=ONCE),
    )
    (lease,) = claim(reference)
    end(reference, lease, "failed")
    (held,) = claim(reference)
    retry(reference, "x")
    assert state(reference, "d") is TaskState.LEASED
    assert reference.do(Release(run_id="r", task_id="d", token=held.token), now=0) is None
    assert state(reference, "d") is TaskState.BLOCKED
    sound(reference)
    assert reference.do(CancelTask(run_id="r", task_id="x"), now=0) is None
    assert state(reference, "d") is TaskState.SKIPPED
    sound(reference)


def test_an_attempt_given_back_after_its_need_was_cancelled_is_skipped():
    reference = begin(
        TaskSpec(task_id="x", retry=ONCE, tolerates_failure=True),
        TaskSpec(task_id="d", needs=(Need(task_id="x"),), retry=Retry(attempts=3, delay_seconds=0.0)),
    )
    (lease,) = claim(reference)
    end(reference, lease, "failed")
    (held,) = claim(reference)
    retry(reference, "x")
    assert reference.do(CancelTask(run_id="r", task_id="x"), now=0) is None
    refused = Reject(run_id="r", task_id="d", token=held.token, reason="no")
    assert reference.do(refused, now=0) is None
    assert state(reference, "d") is TaskState.DELAYED
    retry(reference, "d")
    assert state(reference, "d") is TaskState.SKIPPED
    sound(reference)
    assert reference.view.runs["r"].state is RunState.FINISHED


def test_a_cancelled_run_in_which_all_has_ended_is_finished_when_it_is_resumed():
    reference = begin(TaskSpec(task_id="x"))
    assert reference.do(CancelRun(run_id="r"), now=0) is None
    assert reference.do(CancelTask(run_id="r", task_id="x"), now=0) is None
    assert reference.do(ResumeRun(run_id="r"), now=0) is None
    assert reference.view.runs["r"].state is RunState.FINISHED
    sound(reference)
    assert reference.replayed().snapshot() == reference.view.snapshot()
