"""The kit of the scheduling port lets a right scheduler be, and says what is wrong with others.

The right ones are the engine of the house, and a small one whose every mistake can be made.
"""

from __future__ import annotations

import pytest
import trio
from kit_running import failures, require_told

from mosaic_hookspecs import (
    Accept,
    Assignment,
    Claim,
    Manifest,
    MosaicError,
    NotFound,
    Provides,
    Provision,
    Reject,
    Release,
    Report,
    RunState,
    StartRun,
    TaskState,
    Tick,
    hookimpl,
)
from mosaic_testing import scheduling
from mosaic_testing.agents import RecordingJournal
from mosaic_testing.kernels import open_plugin


class Right:
    """Does one batch of tasks after the other."""

    def __init__(self, context):
        self.context = context

    @property
    def storage(self):
        return self.context.port("storage").get()

    async def apply(self, command):
        [outcome] = await self.storage.apply([command], by="small")
        if isinstance(outcome, MosaicError):
            raise outcome
        return outcome

    async def create(self, run, tasks):
        await self.apply(StartRun(run=run, tasks=tasks))

    async def drive(self, run_id):
        if await self.storage.run(run_id) is None:
            raise NotFound("no-run", f"there is no run {run_id!r}")
        while True:
            await self.apply(Tick())
            leases = await self.claim(run_id)
            if not leases and not await self.wait(run_id):
                return
            async with trio.open_nursery() as nursery:
                for lease in leases:
                    nursery.start_soon(self.attempt, lease)

    async def wait(self, run_id):
        """Wait for what is held elsewhere, or delayed; return whether there was any."""
        states = {task.state for task in await self.storage.tasks(run_id)}
        if TaskState.DELAYED in states or any(state.is_held for state in states):
            await trio.sleep(0.005)
            return True
        return False

    @property
    def agent(self):
        return self.context.port("agents").get()

    async def claim(self, run_id):
        claim = Claim(holder="small", offers=[self.agent.offer], limit=5, run_id=run_id)
        return await self.apply(claim)

    async def needs(self, lease):
        found = {}
        for need in lease.spec.needs:
            task = await self.storage.task(lease.run_id, need.task_id)
            found[need.task_id] = {"result": task.state.value, "outputs": dict(task.outputs)}
        return found

    async def attempt(self, lease):
        names = {"run_id": lease.run_id, "task_id": lease.task_id, "token": lease.token}
        is_over = False
        try:
            assignment = Assignment(
                run_id=lease.run_id,
                spec=lease.spec,
                token=lease.token,
                attempt=lease.attempt,
                journal=RecordingJournal(),
                needs=await self.needs(lease),
                last_reason=lease.last_reason,
            )
            try:
                result = await self.agent.run(assignment)
            except Exception as error:  # noqa: BLE001 - an agent's mistake is a failed attempt
                await self.apply(Report(**names, outcome="failed", reason=str(error)))
            else:
                await self.finish(names, result)
            is_over = True
        finally:
            if not is_over:
                await self.give_back(names)

    async def finish(self, names, result):
        await self.apply(Report(**names, outcome=result.outcome, reason=result.summary, outputs=result.outputs))
        if result.outcome == "succeeded":
            await self.apply(Accept(**names))

    async def give_back(self, names):
        with trio.CancelScope(shield=True):
            await self.apply(Release(**names))


class Hoarding(Right):
    async def give_back(self, names):
        pass


class Twice(Right):
    async def attempt(self, lease):
        await self.agent.run(
            Assignment(run_id="r", spec=lease.spec, token=lease.token, attempt=1, journal=RecordingJournal())
        )
        await super().attempt(lease)


class NeverReturning(Right):
    async def wait(self, run_id):
        run = await self.storage.run(run_id)
        if run.state is RunState.FINISHED:
            return await super().wait(run_id)
        await trio.sleep(0.01)
        return True


class Hasty(Right):
    async def create(self, run, tasks):
        await super().create(run, tasks)
        await self.drive(run.run_id)


class Lenient(Right):
    async def drive(self, run_id):
        if await self.storage.run(run_id) is not None:
            await super().drive(run_id)


class Mute(Right):
    async def create(self, run, tasks):
        await self.storage.apply([StartRun(run=run, tasks=tasks)], by="small")


class Fragile(Right):
    async def attempt(self, lease):
        names = {"run_id": lease.run_id, "task_id": lease.task_id, "token": lease.token}
        result = await self.agent.run(
            Assignment(run_id="r", spec=lease.spec, token=lease.token, attempt=1, journal=RecordingJournal())
        )
        await self.finish(names, result)


class Forgetful(Right):
    async def needs(self, lease):
        return {}


class Impatient(Right):
    async def finish(self, names, result):
        await self.apply(Report(**names, outcome=result.outcome, reason=result.summary))
        if result.outcome == "succeeded":
            await self.apply(Reject(**names, reason="I want it better", may_retry=False))


class Greedy(Right):
    async def claim(self, run_id):
        return await super().claim("")


class Noisy(Right):
    async def drive(self, run_id):
        await super().drive(run_id)
        from mosaic_hookspecs import RecordEvent

        await self.apply(RecordEvent(kind="small.drove"))


class Stubborn(Right):
    async def drive(self, run_id):
        try:
            await super().drive(run_id)
        except trio.Cancelled:
            return


class Answering(Right):
    async def drive(self, run_id):
        await super().drive(run_id)
        return True


class Renamed(Right):
    async def drive(self, run):
        await super().drive(run)


def opening_of(kind, tmp_path):
    class Plugin:
        @hookimpl
        async def mosaic_provide(self, context):
            return [Provision(port="scheduling", name="small", provider=kind(context))]

    provides = (Provides(port="scheduling", contract="1.0", name="small"),)
    plugin = ("small", Plugin, Manifest(provides=provides, needs=("storage",)))
    return started(plugin, "small", tmp_path)


def started(plugin, provider, tmp_path):
    def start(directory=None, *, plugins=(), settings=None):
        return open_plugin(
            plugin,
            directory or tmp_path,
            port="scheduling",
            provider=provider,
            needs=("storage",),
            plugins=plugins,
            settings=settings,
        )

    return start


async def run(kind, tmp_path, **options):
    return await failures(scheduling, opening_of(kind, tmp_path), tmp_path, **options)


async def test_the_engine_passes(tmp_path):
    assert await failures(scheduling, started("engine", "engine", tmp_path), tmp_path) == {}


async def test_a_small_scheduler_passes(tmp_path):
    assert await run(Right, tmp_path) == {}


@pytest.mark.parametrize(
    ("kind", "test", "expected"),
    [
        (Hoarding, "cancelling_gives_leases_back", "drive() was cancelled, and still holds the leases of t0"),
        (Twice, "a_run_is_driven_to_its_end", "each task is done once; they were done as"),
        (
            NeverReturning,
            "it_returns_where_a_person_has_to_answer",
            "drive() did not return within 1 s; the tasks are {'a': 'accepted', 'b': 'gated'}",
        ),
        (Hasty, "a_created_run_is_stored_and_waits", "create() began a task; only drive() does"),
        (
            Lenient,
            "a_run_that_is_not_there_is_refused_in_words",
            "drive() of a run that is not there returned as if all was done",
        ),
        (
            Mute,
            "what_cannot_be_a_run_is_refused_whole",
            "create() took tasks in a circle; it raises as mosaic_hookspecs.decide says",
        ),
        (Fragile, "a_failure_stays_with_its_dependants", "drive() raised ExceptionGroup"),
        (Forgetful, "outputs_reach_who_needs_them", "KeyError: 'a'"),
        (Impatient, "a_failed_attempt_is_made_again", "the task 'a' has to be accepted, and is failed"),
        (Greedy, "runs_are_driven_side_by_side", "drive() of one run did another one's tasks"),
        (Noisy, "driving_what_is_final_does_nothing", "drive() of a run that is final changed the store"),
        (
            Stubborn,
            "cancellation_is_let_through",
            "drive() was cancelled, and returned as if it was not: it caught trio.Cancelled",
        ),
        (Answering, "a_failed_attempt_is_made_again", "drive() returned True; it returns nothing"),
        (Renamed, "it_keeps_the_contract", "Scheduler.drive: expected drive(run_id), found drive(run)"),
    ],
)
async def test_a_wrong_scheduler_is_told(tmp_path, monkeypatch, kind, test, expected):
    for module in ("scheduling_runs", "scheduling_sharing"):
        monkeypatch.setattr(f"mosaic_testing.{module}.SECONDS", 1.0)
    require_told(await run(kind, tmp_path, only=[f"test_{test}"]), expected)
