"""Workers that do everything that workers do, at random: two calls a task, twice, too late, or never again."""

import random

import attrs
import trio
from fleet_team import require_words

from mosaic_hookspecs import MosaicError

PLANS = ("report",) * 6 + ("twice", "late", "killed", "release", "fail", "progress", "forget")


@attrs.define
class Ledger:
    """What the workers saw: the verdicts by attempt, and every refusal."""

    accepted: dict = attrs.field(factory=dict)
    refused: list = attrs.field(factory=list)
    calls: int = 0
    late: int = 0
    twice: int = 0
    killed: int = 0
    left: int = 0

    def saw(self, work, verdict):
        if verdict == "accepted":
            self.accepted.setdefault(work["task_id"], set()).add(work["token"])


class Walker:
    """One worker. `call` carries out an operation and returns its output as data, or raises `Refusal`."""

    def __init__(self, name, call, ledger, seed, lease_seconds, is_over):
        self._name = name
        self._call = call
        self._ledger = ledger
        self._random = random.Random(seed)
        self._lease_seconds = lease_seconds
        self._is_over = is_over
        self._lives = 0

    async def run(self):
        work = None
        while not self._is_over():
            if work is None:
                work = await self._take()
                continue
            work = await self._do(work, self._random.choice(PLANS))

    @property
    def _agent(self):
        return f"{self._name}.{self._lives}"

    async def _take(self):
        taken = None
        # Now and then a client leaves in the middle of a call.
        patience = self._lease_seconds / 10 if self._random.random() < 0.05 else float("inf")
        with trio.move_on_after(patience) as scope:
            taken = await self._ask("work.take", agent=self._agent, wait_seconds=self._lease_seconds)
        self._ledger.left += scope.cancelled_caught
        return taken and taken["work"]

    async def _do(self, work, plan):
        names = {key: work[key] for key in ("run_id", "task_id", "token")}
        if plan == "killed":
            # Its process is gone, and another one comes in its place.
            self._ledger.killed += 1
            self._lives += 1
            return None
        if plan == "forget":
            return None  # the answer was lost: it has to be told again what it holds
        if plan == "late":
            self._ledger.late += 1
            await trio.sleep(self._lease_seconds * 1.5)
        if plan == "release":
            await self._ask("work.release", **names, handover="half of it")
            return None
        if plan == "progress":
            await trio.sleep(self._lease_seconds * self._random.random() * 0.5)
            await self._ask("work.progress", **names, note="going on")
        outcome = "failed" if plan == "fail" else "succeeded"
        takes_next = self._random.random() < 0.7
        reported = await self._ask("work.report", **names, outcome=outcome, next=takes_next)
        self._saw(work, reported)
        following = reported and reported["next"]
        if plan == "twice":
            self._ledger.twice += 1
            again = await self._ask("work.report", **names, outcome=outcome)
            self._saw(work, again)
            if reported and again and reported["verdict"] != "verifying":
                assert again["verdict"] == reported["verdict"]
        return following

    def _saw(self, work, reported):
        if reported:
            self._ledger.saw(work, reported["verdict"])

    async def _ask(self, operation, **data):
        self._ledger.calls += 1
        try:
            return await self._call(operation, data)
        except MosaicError as error:
            require_words(error)
            self._ledger.refused.append(error.code)
            return None


def layered(count, width, seed, make):
    """Make tasks in layers, each of which needs some of the layer before."""
    chance = random.Random(seed)
    tasks = []
    for number in range(count):
        layer = number // width
        before = [f"t{n}" for n in range((layer - 1) * width, layer * width)] if layer else []
        tasks.append(make(f"t{number}", *chance.sample(before, min(len(before), 2))))
    return tasks


async def until_final(storage, run_id):
    """Return when a run is finished."""
    head = 0
    while (await storage.run(run_id)).state.value == "active":
        head = await storage.wait(head)


async def require_once(storage, ledger, count, run_id="r"):
    """Each task was accepted exactly once, by the log, and as whoever did it was told."""
    accepted, after = {}, 0
    while page := await storage.events(after=after, run_id=run_id):
        after = page[-1].sequence
        for event in page:
            if event.kind == "task.accepted":
                accepted[event.task_id] = accepted.get(event.task_id, 0) + 1
    assert accepted == {f"t{number}": 1 for number in range(count)}
    assert all(len(tokens) == 1 for tokens in ledger.accepted.values()), ledger.accepted
