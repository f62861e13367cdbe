"""The account says what the whole log says, however often it was looked at, and whatever happened."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
import trio
from analytics_recomputing import Plain, exact
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic_analytics.account import Account
from mosaic_analytics.records import ShowAnalytics, Spent
from mosaic_analytics.showing import shown
from mosaic_analytics.timeline import SIZES
from mosaic_hookspecs import (
    Accept,
    AgentOffer,
    Approve,
    BeginMerge,
    CancelRun,
    CancelTask,
    Check,
    CheckResult,
    Claim,
    Evidence,
    Need,
    PauseRun,
    RecordUsage,
    Reject,
    Release,
    Renew,
    Report,
    ResumeRun,
    Retry,
    RetryTask,
    RunSpec,
    StartRun,
    TaskSpec,
    TaskState,
    Tick,
    Usage,
)
from mosaic_memory.storage import MemoryStorage

OFFERS = [AgentOffer(name="smith", is_general=True), AgentOffer(name="jones", is_general=True)]
GOOD = Evidence(checks=[CheckResult(name="tests", passed=True)], commit="c0ffee")
BAD = Evidence(checks=[CheckResult(name="tests", passed=False)])


class Clock:
    """Goes on only when it is told to; backwards, too, as clocks of machines do."""

    def __init__(self):
        self.time = 1_700_000_000_000

    def now(self):
        return self.time


def tasks():
    quick = Retry(attempts=2, delay_seconds=5)
    return [
        TaskSpec(task_id="a", retry=quick, minutes=5, checks=[Check(name="tests")]),
        TaskSpec(task_id="b", retry=quick, needs=[Need(task_id="a")], minutes=10),
        TaskSpec(task_id="c", retry=quick, needs=[Need(task_id="a", settled=True)], approval="ship?"),
        TaskSpec(task_id="d", retry=quick, needs=[Need(task_id="b"), Need(task_id="e")]),
        TaskSpec(task_id="e", retry=quick, tolerates_failure=True, approval="begin?"),
    ]


WHAT = [
    *["claim"] * 5,
    *["accept", "fail", "wait", "retry", "approve", "merge", "tick"] * 3,
    *["reject", "conflict", "release", "give back", "resume", "cancel", "skip"] * 2,
    *["start", "renew", "spend", "deny", "cancel run", "pause", "look", "back"],
]
SECONDS = [1, 6, 6, 6, 40, 3_000, 90_000]
MOST_RUNS = 3


def steps_of(seed):
    """Make a long walk: whatever hypothesis makes of lists is too short to get anywhere."""
    chance = Random(seed)
    return [
        (chance.choice(WHAT), chance.randrange(5), chance.choice(SECONDS)) for _ in range(chance.randrange(400))
    ]


class World:
    """A store, and who acts on it at random; what is refused changes nothing."""

    def __init__(self):
        self.clock = Clock()
        self.storage = MemoryStorage(self.clock)
        self.leases = []
        self.runs = []

    async def do(self, command):
        (outcome,) = await self.storage.apply([command], by="tester")
        return outcome

    async def start(self):
        run_id = f"r{len(self.runs)}"
        self.runs.append(run_id)
        run = RunSpec(run_id=run_id, project=("shop", "blog")[len(self.runs) % 2])
        await self.do(StartRun(run=run, tasks=tasks()))

    async def step(self, what, number, seconds):
        run_id = self.runs[number % len(self.runs)]
        named = {"run_id": run_id, "task_id": "abcde"[number]}
        if what == "claim":
            offers = [OFFERS[number % 2]]
            got = await self.do(Claim(holder="h", offers=offers, limit=number + 1, lease_seconds=600))
            self.leases += got
        elif what == "wait":
            self.clock.time += seconds * 1000
        elif what == "back":
            self.clock.time -= 30_000
        elif what == "start":
            if len(self.runs) < MOST_RUNS:
                await self.start()
        elif what in OF_RUN:
            await self.do(OF_RUN[what](run_id=run_id))
        elif what == "tick":
            await self.do(Tick())
        elif what in OF_TASK:
            await self.do(OF_TASK[what](**named))
        elif what != "look" and self.leases:
            await self._attempt(what, self.leases[number % len(self.leases)])

    async def _attempt(self, what, lease):
        named = {"run_id": lease.run_id, "task_id": lease.task_id, "token": lease.token}
        self.clock.time += 700
        if what in ("renew", "spend"):
            usage = Usage(input_tokens=1)
            await self.do(Renew(**named) if what == "renew" else RecordUsage(**named, usage=usage))
            return
        self.leases.remove(lease)
        commands = {
            "accept": [Report(**named, outcome="succeeded"), Accept(**named, evidence=GOOD)],
            "fail": [Report(**named, outcome="failed", reason="Attempt 17 of 'x' broke")],
            "skip": [Report(**named, outcome="skipped")],
            "reject": [Report(**named, outcome="succeeded"), Reject(**named, reason="check", evidence=BAD)],
            "conflict": [Reject(**named, reason="conflict in /a/b", counts=False)],
            "give back": [Reject(**named, reason="busy", counts=False, backs_off=True)],
            "release": [Release(**named, reason="it was interrupted")],
            "merge": [
                Report(**named, outcome="succeeded"),
                BeginMerge(**named, candidate="c0ffee", base="b", evidence=GOOD),
                Release(**named, reason="its worker died"),
            ],
        }[what]
        for command in commands:
            await self.do(command)


OF_RUN = {"cancel run": CancelRun, "pause": PauseRun, "resume": ResumeRun}
OF_TASK = {
    "approve": Approve,
    "deny": lambda **named: Approve(**named, is_granted=False),
    "retry": RetryTask,
    "cancel": CancelTask,
}


def about(number):
    return number is None or pytest.approx(number, rel=0.0101, abs=1)


def require_same(view, plain, project):
    size = SIZES[view.bucket]
    buckets = plain.buckets(project, view.since, size)
    outcomes, leads, cycles = Counter(), [], []
    assert {line.start for line in view.series} >= set(buckets)
    for line in view.series:
        counts, some_leads, some_cycles, ends = buckets[line.start]
        assert (line.accepted, line.first) == (counts["accepted"], counts["first"])
        assert line.lead_p50 == (exact(some_leads, 0.5) and about(exact(some_leads, 0.5)))
        assert line.cycle_p90 == (exact(some_cycles, 0.9) and about(exact(some_cycles, 0.9)))
        assert (line.attempts, line.refused) == (
            ends.total(),
            sum(ends[one] for one in ends if one[1] == "refused"),
        )
        assert (line.done, line.dropped, line.total) == plain.until(project, line.start + size)
        outcomes += ends
        leads += some_leads
        cycles += some_cycles
    totals = view.totals
    assert totals.accepted == len(leads)
    assert totals.lead_p90 == (exact(leads, 0.9) and about(exact(leads, 0.9)))
    assert totals.cycle_p50 == (exact(cycles, 0.5) and about(exact(cycles, 0.5)))
    assert totals.first_share is None or 0 <= totals.first_share <= 1
    by_outcome = Counter()
    for (_, outcome), count in outcomes.items():
        by_outcome[outcome] += count
    assert {line.outcome: line.attempts for line in view.attempts} == by_outcome
    assert {line.agent: line.accepted for line in view.agents} == {
        agent: outcomes[agent, "accepted"] for agent, _ in outcomes
    }
    groups = Counter(group for at, of, group in plain.reasons if at >= view.since and project in ("", of))
    assert {(line.code, line.text): line.count for line in view.failures} == groups


@settings(max_examples=60, deadline=None)
@given(st.builds(steps_of, st.integers(0, 2**32)))
def test_it_says_what_the_whole_log_says(script):
    trio.run(check, script)


REOPENED = "claim skip approve-2 claim {} retry {}"


@pytest.mark.parametrize(
    ("meanwhile", "afterwards"),
    [("wait", "release"), ("fail", "wait tick"), ("merge", "wait"), ("accept", "wait"), ("cancel", "wait")],
)
@pytest.mark.parametrize(
    "at_last", ["", "claim-4 accept accept tick claim-4 accept accept accept"], ids=["stop", "end"]
)
async def test_a_need_that_is_reopened_takes_back_what_it_had_given(meanwhile, afterwards, at_last):
    words = f"{REOPENED.format(meanwhile, afterwards)} {at_last}".split()
    await check([(word.partition("-")[0], int(word.partition("-")[2] or 0), 6) for word in words])


async def check(script):
    world, account = World(), Account()
    await world.start()
    for what, number, seconds in script:
        await world.step(what, number, seconds)
        if what == "look":
            await account.catch_up(world.storage)
    storage = world.storage
    await account.catch_up(storage)
    events = await storage.events(limit=100_000)
    afresh, plain = Account(), Plain(events)
    await afresh.catch_up(storage)
    now = max(world.clock.time, events[-1].at)
    for project in ("", "blog"):
        for since in ("", "2m", "9d"):
            request = ShowAnalytics(project=project, since=since)
            view = shown(account, request, Spent(), now, 5)
            assert view == shown(afresh, request, Spent(), now, 5)
            require_same(view, plain, project)
    for name, line in account.projects.items():
        require_counters(name, line, account, plain)
    for run_id in world.runs:
        alone = Account(run_id)
        await alone.catch_up(storage)
        view = shown(alone, ShowAnalytics(run_id=run_id), Spent(), now, 5)
        require_same(view, Plain(events, run_id), "")


def require_counters(name, line, account, plain):
    """The tasks by state, the runs and what is left are those of the rules' own records."""
    view = plain.view
    mine = {run_id for run_id, run in view.runs.items() if run.spec.project == name}
    records = [record for record in view.tasks.values() if record.run_id in mine]
    states = Counter(record.state for record in records)
    assert {state: count for state, count in line.tasks.items() if count} == states
    assert line.pace.held == sum(states[state] for state in TaskState if state.is_held)
    assert line.pace.held == sum(record.state.is_held for record in records)
    for run_id in mine:
        run, kept = view.runs[run_id], account.runs[run_id]
        left = [record for record in records if record.run_id == run_id and not record.state.is_final]
        specs = [view.stored(run_id, record.task_id).spec for record in left]
        accepted = [r for r in records if r.run_id == run_id and r.state is TaskState.ACCEPTED]
        assert (kept.state, kept.total, kept.accepted) == (run.state, run.total, len(accepted))
        assert kept.left == len(left)
        assert kept.minutes == sum(spec.minutes or 0 for spec in specs)
        assert kept.guessed == sum(spec.minutes is None for spec in specs)
