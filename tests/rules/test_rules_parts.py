"""The pure parts: graphs, identifiers, canonical text, the hash chain, and single rules."""

import itertools
import random

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mosaic_hookspecs import (
    Accept,
    Budget,
    Draft,
    InputError,
    Level,
    Need,
    Reject,
    Report,
    ResumeRun,
    Retry,
    RetryTask,
    RunState,
    TaskRecord,
    TaskSpec,
    TaskState,
    Tick,
    Usage,
    canonical_json,
    critical_path,
    deadline_of,
    find_break,
    find_cycle,
    groups_of,
    level_of,
    longest_to_end,
    make_identifier,
    parent_of,
    seal_draft,
    topological_order,
)
from mosaic_testing.graphs import chain, claim, independent, start_run
from mosaic_testing.reference import Reference

names = st.integers(0, 7).map(str)
graphs = st.dictionaries(names, st.lists(names, max_size=3), max_size=8).map(
    lambda found: {**{need: [] for needs in found.values() for need in needs}, **found}
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(graph=graphs)
def test_order_or_cycle(graph):
    order, cycle = topological_order(graph), find_cycle(graph)
    assert (len(order) == len(graph)) == (not cycle)
    place = {node: index for index, node in enumerate(order)}
    assert all(place[need] < place[node] for node in order for need in graph[node])
    for node, following in zip(cycle, [*cycle[1:], *cycle[:1]], strict=True):
        assert following in graph[node]


@given(graph=graphs)
def test_critical_path_is_the_longest(graph):
    acyclic = {node: [need for need in needs if need < node] for node, needs in graph.items()}
    weights = {node: int(node) + 1 for node in acyclic}
    lengths, path = longest_to_end(acyclic, weights), critical_path(acyclic, weights)
    assert sum(weights[node] for node in path) == max(lengths.values(), default=0)
    assert all(before in acyclic[after] for before, after in itertools.pairwise(path))


def test_long_chain_is_no_deeper_than_a_short_one():
    graph = {str(n): [str(n - 1)] if n else [] for n in range(50_000)}
    assert len(topological_order(graph)) == 50_000
    assert find_cycle(graph) == []
    assert len(critical_path(graph, dict.fromkeys(graph, 1))) == 50_000


@given(
    first=st.integers(0, 999),
    rest=st.lists(st.integers(0, 99), max_size=5),
)
def test_identifiers_round_trip(first, rest):
    groups = (first, *rest)
    name = make_identifier(groups)
    assert groups_of(name) == groups
    assert level_of(name) is list(Level)[len(rest)]
    assert parent_of(name) == (make_identifier(groups[:-1]) if rest else None)


@pytest.mark.parametrize(
    "name",
    ["", "E.1", "E.0001", "T.001.01.01", "X.001", "E.001.", "ST.001.01.01.01", "E.٠٠١", "e.001", "E.001\n"],
)
def test_identifiers_that_are_none(name):
    with pytest.raises(InputError) as caught:
        level_of(name)
    assert caught.value.code == "bad-identifier"


@given(value=json_values)
def test_canonical_text_is_one_for_equal_values(value):
    import json

    text = canonical_json(value)
    assert canonical_json(json.loads(text)) == text
    if isinstance(value, dict):
        assert canonical_json(dict(reversed(list(value.items())))) == text


def log(count):
    events = []
    for number in range(count):
        previous = events[-1].hash if events else "0" * 64
        draft = Draft(kind="a.b", run_id="r", task_id=str(number), body={"n": number})
        events.append(seal_draft(draft, previous=previous, sequence=number + 1, at=5, by="me"))
    return events


@given(data=st.data())
def test_chain_finds_every_edit(data):
    events = log(6)
    head = (6, events[-1].hash)
    assert find_break(events, head=head) is None
    place = data.draw(st.integers(0, 5))
    way = data.draw(st.sampled_from(["alter", "drop", "double", "move"]))
    edited = list(events)
    if way == "alter":
        field = data.draw(st.sampled_from(["at", "kind", "run_id", "task_id", "by", "body", "hash"]))
        old = getattr(events[place], field)
        edited[place] = attrs.evolve(events[place], **{field: old + (1 if isinstance(old, int) else "x")})
    elif way == "drop":
        del edited[place]
    elif way == "double":
        edited.insert(place, events[place])
    else:
        other = data.draw(st.integers(0, 5).filter(lambda number: number != place))
        edited[place], edited[other] = edited[other], edited[place]
        place = min(place, other)
    found = find_break(edited, head=head)
    assert found is not None
    assert found.sequence == place + (2 if way == "double" else 1)


def test_fields_do_not_run_into_each_other():
    one, two = Draft(kind="ab", run_id="c"), Draft(kind="a", run_id="bc")
    seals = [seal_draft(draft, previous="0" * 64, sequence=1, at=1, by="x").hash for draft in (one, two)]
    assert seals[0] != seals[1]


def test_deadlines_follow_the_state():
    record = TaskRecord(run_id="r", task_id="t", position=1, state=TaskState.READY, lease_until=5, not_before=7)
    wanted = {TaskState.DELAYED: 7, TaskState.LEASED: 5, TaskState.REPORTED: 5, TaskState.MERGING: 5}
    for state in TaskState:
        assert deadline_of(attrs.evolve(record, state=state)) == wanted.get(state)


def attempt(reference, now, **changes):
    [lease] = reference.do(claim(), now=now)
    named = {"run_id": "r", "task_id": lease.task_id, "token": lease.token}
    return reference.do(Report(**{**named, "outcome": "failed", "reason": "no", **changes}), now=now)


def test_retries_wait_longer_each_time_and_end():
    retry = Retry(attempts=4, delay_seconds=10, factor=3, max_delay_seconds=50, jitter=0)
    reference = Reference()
    reference.do(start_run("r", independent(1, retry=retry)), now=0)
    waits, now = [], 0
    for _ in range(3):
        attempt(reference, now)
        task = reference.view.task("r", "t0")
        assert task.state is TaskState.DELAYED
        waits.append(task.not_before - now)
        assert reference.do(Tick(), now=task.not_before - 1) == 0
        now = task.not_before
        assert reference.do(Tick(), now=now) == 1
    assert waits == [10_000, 30_000, 50_000]
    attempt(reference, now)
    assert reference.view.task("r", "t0").state is TaskState.FAILED
    assert reference.view.run("r").state is RunState.FINISHED
    assert reference.do(RetryTask(run_id="r", task_id="t0"), now=now) is None
    assert reference.view.task("r", "t0").refusals == 0
    assert reference.view.run("r").state is RunState.ACTIVE


def test_attempt_that_is_not_to_blame_does_not_count():
    reference = Reference()
    reference.do(start_run("r", independent(1, retry=Retry(attempts=1, delay_seconds=0, jitter=0))), now=0)
    for _ in range(5):
        [lease] = reference.do(claim(), now=0)
        reject = Reject(run_id="r", task_id="t0", token=lease.token, reason="conflict", counts=False)
        assert reference.do(reject, now=0) is None
        assert reference.do(Tick(), now=0) == 1
    assert reference.view.task("r", "t0").refusals == 0


def test_failure_skips_the_rest_and_retry_brings_it_back():
    reference = Reference()
    specs = [
        *chain(3, retry=Retry(attempts=1)),
        TaskSpec(task_id="report", needs=[Need(task_id="t2", settled=True)]),
    ]
    reference.do(start_run("r", specs), now=0)
    attempt(reference, 0)
    states = {name: task.state.value for (_, name), task in reference.view.tasks.items()}
    assert states == {"t0": "failed", "t1": "skipped", "t2": "skipped", "report": "ready"}
    assert reference.view.task("r", "t2").cause == "t0"
    reference.do(RetryTask(run_id="r", task_id="t0"), now=0)
    states = {name: task.state.value for (_, name), task in reference.view.tasks.items()}
    assert states == {"t0": "ready", "t1": "blocked", "t2": "blocked", "report": "blocked"}


def test_spent_budget_stops_claims_until_it_is_raised():
    reference = Reference()
    reference.do(start_run("r", independent(3), budget=Budget(tokens=100)), now=0)
    [one, two] = reference.do(claim(2), now=0)
    usage = Usage(input_tokens=90, output_tokens=11)
    named = {"run_id": "r", "task_id": one.task_id, "token": one.token}
    reference.do(Report(**named, outcome="succeeded", usage=usage), now=0)
    assert reference.view.run("r").state is RunState.EXHAUSTED
    assert reference.do(claim(), now=0) == []
    assert reference.do(Accept(**named), now=0) is None, "what is in flight ends"
    assert reference.do(ResumeRun(run_id="r", budget=Budget(tokens=1000)), now=0) is None
    assert len(reference.do(claim(), now=0)) == 1
    assert two.token == 1


def test_random_graphs_run_to_the_end():
    choice = random.Random(3)
    for _ in range(20):
        specs = [
            TaskSpec(task_id=f"t{n}", needs=[Need(task_id=f"t{m}") for m in range(n) if choice.random() < 0.2])
            for n in range(25)
        ]
        reference, order = Reference(), []
        reference.do(start_run("r", specs), now=0)
        while found := reference.do(claim(4), now=0):
            for lease in found:
                named = {"run_id": "r", "task_id": lease.task_id, "token": lease.token}
                assert reference.do(Report(**named, outcome="succeeded"), now=0) is None
                assert reference.do(Accept(**named), now=0) is None
                order.append(lease.task_id)
        assert reference.view.run("r").state is RunState.FINISHED
        place = {name: index for index, name in enumerate(order)}
        assert all(place[need.task_id] < place[spec.task_id] for spec in specs for need in spec.needs)
