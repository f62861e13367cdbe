"""The accounts agree with the rules whatever happens, and whatever else is in the log."""

from __future__ import annotations

import itertools

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from mosaic_costs.accounts import Accounts
from mosaic_costs.guard import BudgetGuard
from mosaic_costs.records import ShowCosts
from mosaic_costs.settings import BudgetEntry
from mosaic_costs.summing import summed
from mosaic_hookspecs import (
    AgentOffer,
    CancelRun,
    CancelTask,
    Claim,
    MosaicError,
    PauseRun,
    RecordEvent,
    RecordUsage,
    Reject,
    Release,
    Report,
    RetryTask,
    RunSpec,
    StartRun,
    TaskSpec,
    Usage,
)
from mosaic_memory.storage import MemoryStorage
from mosaic_testing.scripted import ScriptedAgent

OUTPUTS = {"usage": {"input_tokens": 9, "output_tokens": 9, "money": 9}}


class Clock:
    """Moves by hours."""

    def __init__(self):
        self.hours = itertools.count()

    def now(self):
        return 1_700_000_000_000 + next(self.hours) * 3_600_000


async def do(storage, *commands):
    outcomes = await storage.apply(commands, by="tester")
    for outcome in outcomes:
        if isinstance(outcome, MosaicError):
            raise outcome
    return outcomes


async def begin(storage, run_id, *names, project="shop"):
    await do(
        storage,
        StartRun(run=RunSpec(run_id=run_id, project=project), tasks=[TaskSpec(task_id=name) for name in names]),
    )


async def claim(storage, limit=1):
    offer = AgentOffer(name="smith", is_general=True)
    return (await do(storage, Claim(holder="h", offers=[offer], limit=limit, lease_seconds=1e9)))[0]


def named(lease):
    return {"run_id": lease.run_id, "task_id": lease.task_id, "token": lease.token}


def total(accounts, **fields):
    return summed(accounts, ShowCosts(**fields))[1]


WHAT = ["spend", "review", "done", "fail", "skip", "reject", "release", "cancel", "retry", "look"]
usages = st.builds(
    Usage,
    input_tokens=st.integers(0, 9),
    output_tokens=st.integers(0, 9),
    cached_tokens=st.integers(0, 3),
    money=st.sampled_from([0.0, 0.25, 1.5]),
    model=st.sampled_from(["", "m", "n"]),
    is_subscription=st.booleans(),
    is_estimated=st.booleans(),
)
steps = st.lists(
    st.tuples(
        st.sampled_from(WHAT),
        usages,
    ),
    max_size=30,
)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_they_say_what_the_runs_say_however_often_they_look(script):
    async def check():
        storage, accounts = MemoryStorage(Clock()), Accounts()
        for name in ("one", "two"):
            await begin(storage, name, "a", "b", project=name)
        held = []
        for what, usage in script:
            held += await claim(storage)
            if what == "look":
                await accounts.catch_up(storage)
            if not held:
                continue
            lease = held[0] if what in ("spend", "review") else held.pop(0)
            if what == "retry":
                await storage.apply([RetryTask(run_id=lease.run_id, task_id=lease.task_id)], by="tester")
            command = {
                "spend": RecordUsage(**named(lease), usage=usage),
                "review": RecordUsage(**named(lease), usage=usage, agent="reviewer"),
                "done": Report(**named(lease), outcome="succeeded", usage=usage, outputs=OUTPUTS),
                "fail": Report(**named(lease), outcome="failed", reason='"usage":', usage=usage),
                "skip": Report(**named(lease), outcome="skipped", usage=usage),
                "reject": Reject(**named(lease), reason="no"),
                "release": Release(**named(lease)),
                "cancel": CancelTask(run_id=lease.run_id, task_id=lease.task_id),
            }.get(what)
            if command is not None:
                await storage.apply([command], by="tester")  # what is refused costs nothing
        await accounts.catch_up(storage)
        afresh = Accounts()
        await afresh.catch_up(storage)
        assert dict(afresh.lines()) == dict(accounts.lines())
        assert (
            sum(amount.tokens for _, _, amount in accounts.by_day())
            == total(accounts).input_tokens + total(accounts).output_tokens
        )
        for name in ("one", "two"):
            spent, found = (await storage.run(name)).spent, total(accounts, run_id=name)
            assert (found.input_tokens, found.output_tokens) == (spent.input_tokens, spent.output_tokens)
            assert (found.cached_tokens, found.money) == (spent.cached_tokens, pytest.approx(spent.money))
            alone = Accounts(name)
            await alone.catch_up(storage)
            assert total(alone) == found
        for by in ("run", "task", "attempt", "agent", "model", "project", "day"):
            lines, everything = summed(accounts, ShowCosts(by=by))
            assert sum(line.money for line in lines) == pytest.approx(everything.money)
            assert sum(line.subscription_tokens for line in lines) == everything.subscription_tokens

    trio.run(check)


@pytest.mark.parametrize(
    "usage",
    [
        "hello",
        ["a"],
        {"tokens": 3},
        {"input_tokens": "3", "output_tokens": 1, "money": 0.0},
        {"input_tokens": 3, "output_tokens": None, "money": 0.0},
        {"input_tokens": -3, "output_tokens": 1, "money": 0.0},
        {"input_tokens": 3, "output_tokens": 1, "money": 0.0, "model": {"name": "m"}},
        {"input_tokens": True, "output_tokens": 1, "money": 0.0},
    ],
    ids=str,
)
async def test_a_plugins_event_that_calls_something_else_usage_breaks_nothing(usage):
    storage, accounts = MemoryStorage(Clock()), Accounts()
    await do(storage, RecordEvent(kind="weather.asked", body={"usage": usage, "agent": ["x"]}))
    good = {"input_tokens": 3, "output_tokens": 1, "money": 0.5}
    await do(storage, RecordEvent(kind="weather.asked", body={"usage": good, "agent": ["x"]}))
    await accounts.catch_up(storage)
    assert (total(accounts).input_tokens, total(accounts).money) == (3, 0.5)


async def test_what_a_planner_spends_is_no_attempt():
    storage, accounts = MemoryStorage(Clock()), Accounts()
    spent = {"input_tokens": 3, "output_tokens": 1, "money": 0.5}
    await do(storage, RecordEvent(kind="planner.called", body={"usage": spent, "agent": "planner"}))
    await accounts.catch_up(storage)
    (line,), everything = summed(accounts, ShowCosts(by="agent"))
    assert (line.name, line.attempts, line.input_tokens, everything.attempts) == ("planner", 0, 3, 0)


async def test_another_store_is_read_from_its_beginning():
    accounts = Accounts()
    for tokens in (5, 7):
        storage = MemoryStorage(Clock())
        await begin(storage, "r", "a")
        (lease,) = await claim(storage)
        await do(storage, RecordUsage(**named(lease), usage=Usage(input_tokens=tokens)))
        await accounts.catch_up(storage)
        assert total(accounts).input_tokens == tokens
    await accounts.catch_up(MemoryStorage(Clock()))
    assert list(accounts.lines()) == []


class Context:
    """What the guard asks of a plugin's context."""

    def __init__(self, storage):
        self.storage = storage
        self.clock = storage._clock
        self.stopped = []
        self.log = self

    def port(self, name):
        return self

    def get(self):
        return self.storage

    def warning(self, event, **facts):
        pass

    async def dispatch(self, name, data):
        self.stopped.append(data["run_id"])


async def observed(storage, guard, seen=0):
    events = await storage.events(after=seen, limit=10_000)
    await guard.observe(events)
    return events[-1].sequence


async def test_a_paused_run_is_stopped_while_it_has_attempts_in_flight():
    storage = MemoryStorage(Clock())
    context = Context(storage)
    guard = BudgetGuard(context, [BudgetEntry(project="shop", tokens=5)], Accounts())
    for name in ("busy", "idle"):
        await begin(storage, name, "a")
    (lease,) = await claim(storage)
    for name in ("busy", "idle"):
        await do(storage, PauseRun(run_id=name))
    await do(storage, RecordUsage(**named(lease), usage=Usage(input_tokens=5)))
    await observed(storage, guard)
    assert context.stopped == [lease.run_id]


async def test_while_a_budget_stays_spent_others_spending_reads_no_runs_but_their_own():
    storage = MemoryStorage(Clock())
    context = Context(storage)
    guard = BudgetGuard(context, [BudgetEntry(project="shop", tokens=5)], Accounts())
    for number in range(450):
        await begin(storage, f"r{number}", "a", project="shop" if number % 2 else "blog")
    await do(storage, CancelRun(run_id="r1"))
    leases = await claim(storage, 450)
    spenders = {lease.run_id: lease for lease in leases}
    await do(storage, RecordUsage(**named(spenders["r3"]), usage=Usage(input_tokens=5)))
    seen = await observed(storage, guard)
    assert sorted(context.stopped) == sorted(f"r{number}" for number in range(3, 450, 2))
    context.stopped.clear()
    storage.runs = None  # it would be asked in vain
    await do(storage, RecordUsage(**named(spenders["r2"]), usage=Usage(input_tokens=5)))
    seen = await observed(storage, guard, seen)
    assert context.stopped == []
    await begin(storage, "late", "a", project="shop")
    await observed(storage, guard, seen)
    assert context.stopped == ["late"]


async def test_the_costs_of_one_run_read_its_events_alone(mosaic_kernel):
    agent = ScriptedAgent()
    async with mosaic_kernel("memory", "engine", "costs", agent.plugin()) as kernel:
        storage = kernel.port("storage").get()
        for name in ("one", "two"):
            await begin(storage, name, "a")
        leases = await claim(storage, 2)
        for lease in leases:
            await do(storage, RecordUsage(**named(lease), usage=Usage(input_tokens=5, model="m")))
        view = await kernel.dispatch("costs.show", {"run_id": "two", "by": "model"})
        assert [(line.name, line.input_tokens, line.attempts) for line in view.lines] == [("m", 5, 1)]
        assert view.total.input_tokens == 5
