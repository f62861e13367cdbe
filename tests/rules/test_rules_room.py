"""How much each agent takes: no more than it has room for, and the most urgent first."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from mosaic_hookspecs import AgentOffer, Claim, Reject, Retry, TaskSpec, TaskState, Tick
from mosaic_testing.graphs import ANY_AGENT, start_run
from mosaic_testing.reference import Reference

LABELS = st.sets(st.sampled_from(["gpu", "web"]), max_size=1)


@given(
    rooms=st.lists(st.tuples(st.none() | st.integers(0, 3), LABELS, st.booleans()), max_size=4),
    tasks=st.lists(st.tuples(st.integers(1, 9), LABELS), min_size=1, max_size=12),
    limit=st.integers(1, 15),
)
def test_a_claim_gives_each_agent_what_it_takes_and_has_room_for(rooms, tasks, limit):
    offers = [
        AgentOffer(name=f"a{n}", labels=frozenset(labels), is_general=is_general, room=room)
        for n, (room, labels, is_general) in enumerate(rooms)
    ]
    reference = Reference()
    reference.do(
        start_run(
            "r",
            [
                TaskSpec(task_id=f"t{n}", priority=priority, labels=tuple(labels))
                for n, (priority, labels) in enumerate(tasks)
            ],
        ),
        now=0,
    )
    leases = reference.do(Claim(holder="h", offers=offers, limit=limit), now=0)
    given_to = Counter(lease.agent for lease in leases)
    by_name = {offer.name: offer for offer in offers}
    for lease in leases:
        assert by_name[lease.agent].takes("", frozenset(lease.spec.labels))
    for offer in offers:
        assert offer.room is None or given_to[offer.name] <= offer.room
    taken = {lease.task_id for lease in leases}
    for n, (priority, labels) in enumerate(tasks):
        if f"t{n}" in taken or len(leases) == limit:
            continue
        takers = [offer for offer in offers if offer.takes("", frozenset(labels))]
        assert all(offer.room is not None and given_to[offer.name] == offer.room for offer in takers)
        rivals = [tasks[int(name[1:])] for name in taken if tasks[int(name[1:])][1] == labels]
        assert all(rival >= priority for rival, _ in rivals)


def test_attempts_that_do_not_count_wait_longer_and_longer_and_leave_the_retries():
    reference = Reference()
    retry = Retry(attempts=1, delay_seconds=1.0, jitter=0.0, max_delay_seconds=10.0)
    reference.do(start_run("r", [TaskSpec(task_id="t", retry=retry)]), now=0)
    waits, now = [], 0
    for _ in range(80):
        (lease,) = reference.do(Claim(holder="h", offers=[ANY_AGENT], limit=1), now=now)
        names = {"run_id": "r", "task_id": "t", "token": lease.token}
        assert reference.do(Reject(**names, reason="no", counts=False, backs_off=True), now=now) is None
        record = reference.view.tasks["r", "t"]
        assert record.state is TaskState.DELAYED
        waits.append(record.not_before - now)
        now = record.not_before
        reference.do(Tick(), now=now)
    assert waits[:5] == [1000, 2000, 4000, 8000, 10000]
    assert set(waits[5:]) == {10000}
    assert record.refusals == 0
