"""Moving a task up or down among those that wait."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_hookspecs import (
    Approve,
    Claim,
    InputError,
    Need,
    NotFound,
    Prioritize,
    Refused,
    Report,
    RetryTask,
    TaskSpec,
    TaskState,
)
from mosaic_testing import laws
from mosaic_testing.graphs import ANY_AGENT, independent, start_run
from mosaic_testing.reference import Reference


def begin(*specs):
    reference = Reference()
    assert reference.do(start_run("r", specs), now=0) is None
    return reference


def move(reference, task_id, **where):
    return reference.do(Prioritize(run_id="r", task_id=task_id, **where), now=0)


def claim(reference, limit=1000):
    return [lease.task_id for lease in reference.do(Claim(holder="h", offers=[ANY_AGENT], limit=limit), now=0)]


def order(reference):
    ready = [task for task in reference.view.tasks.values() if task.state is TaskState.READY]
    return [task.task_id for task in sorted(ready, key=lambda task: (-task.priority, task.position))]


def test_a_larger_priority_goes_first_and_a_smaller_one_last():
    reference = begin(*independent(4))
    assert move(reference, "t3", priority=7) is None
    assert move(reference, "t0", priority=-7) is None
    assert claim(reference) == ["t3", "t1", "t2", "t0"]
    assert reference.replayed().snapshot() == reference.view.snapshot()


def test_among_equals_a_task_goes_just_before_the_one_that_is_named():
    reference = begin(*independent(5))
    assert move(reference, "t4", before="t2") is None
    assert order(reference) == ["t0", "t1", "t4", "t2", "t3"]
    assert move(reference, "t0", before="t3") is None
    assert order(reference) == ["t1", "t4", "t2", "t0", "t3"]
    assert [event.kind for event in reference.events if event.task_id == "t2"][-1] == "task.prioritized"
    assert reference.replayed().snapshot() == reference.view.snapshot()


def test_a_priority_is_raised_by_the_least_and_only_where_it_must_be():
    reference = begin(*independent(4))
    assert move(reference, "t0", before="t2") is None
    assert order(reference) == ["t1", "t0", "t2", "t3"]
    assert [reference.view.tasks["r", f"t{n}"].priority for n in range(4)] == [1, 2, 1, 1]


@given(st.lists(st.integers(1, 3), min_size=2, max_size=7), st.data())
def test_every_move_gives_the_order_that_was_asked_for(priorities, data):
    tasks = [
        TaskSpec(task_id=f"t{n}", priority=priority, labels=("x",) if n % 3 == 0 else ())
        for n, priority in enumerate(priorities)
    ]
    reference = begin(*tasks)
    for _ in range(4):
        now = order(reference)
        task_id = data.draw(st.sampled_from(now))
        others = [name for name in now if name != task_id]
        before = data.draw(st.sampled_from(others))
        assert move(reference, task_id, before=before) is None
        others.insert(others.index(before), task_id)
        assert order(reference) == others
    laws.assert_counters_are_a_recount(reference.view)
    assert reference.replayed().snapshot() == reference.view.snapshot()


def test_a_task_that_is_not_ready_yet_keeps_its_place_for_when_it_is():
    reference = begin(
        *independent(3),
        TaskSpec(task_id="later", needs=(Need(task_id="t0"),)),
        TaskSpec(task_id="asks", approval="May it?"),
    )
    assert move(reference, "t0", priority=9) is None
    assert move(reference, "later", before="t1") is None
    assert move(reference, "asks", before="later") is None
    assert reference.do(Approve(run_id="r", task_id="asks"), now=0) is None
    assert claim(reference, limit=1) == ["t0"]
    done = {"run_id": "r", "task_id": "t0", "token": 1}
    assert reference.do(Report(**done, outcome="skipped"), now=0) is None
    assert reference.do(RetryTask(run_id="r", task_id="t0"), now=0) is None
    assert claim(reference) == ["t0", "asks", "t1", "t2"]
    assert reference.view.tasks["r", "later"].state is TaskState.BLOCKED


def test_only_the_first_are_moved_to_keep_their_place():
    reference = begin(*independent(500))
    before = len(reference.events)
    assert move(reference, "t499", before="t498") is None
    assert len(reference.events) - before == 201
    assert order(reference)[:202] == [*(f"t{n}" for n in range(200)), "t499", "t200"]


@pytest.mark.parametrize(
    ("where", "got"),
    [
        ({}, "neither"),
        ({"priority": 0, "before": "t1"}, "both"),
        ({"before": "t0"}, "before itself"),
        ({"priority": 10**9 + 1}, "1000000001"),
        ({"priority": -(10**99)}, "-1" + "0" * 38),
    ],
)
def test_a_place_that_there_is_not_is_refused(where, got):
    error = move(begin(*independent(2)), "t0", **where)
    assert isinstance(error, InputError)
    assert (error.code, error.got) == ("bad-priority", got)


def test_what_is_held_or_over_has_no_place():
    reference = begin(*independent(3))
    assert claim(reference, limit=2) == ["t0", "t1"]
    done = {"run_id": "r", "task_id": "t1", "token": 1}
    assert reference.do(Report(**done, outcome="skipped"), now=0) is None
    for task_id, word in (("t0", "being worked on"), ("t1", "over")):
        for error in (move(reference, task_id, priority=3), move(reference, "t2", before=task_id)):
            assert isinstance(error, Refused)
            assert error.code == "wrong-state"
            assert word in error.what
    for error in (move(reference, "nowhere", priority=1), move(reference, "t2", before="nowhere")):
        assert isinstance(error, NotFound)
        assert error.code == "no-task"
