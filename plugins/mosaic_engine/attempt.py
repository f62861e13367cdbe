"""One attempt at a task: from the lease to the commands that end it.

Owns the order of steps: open the workspace, run the agent, seal, report, verify, publish. Refuses to
judge: what was reported is accepted only by `verify`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

import attrs
import trio

from mosaic_hookspecs.agents import AgentResult, Assignment
from mosaic_hookspecs.checks import Evidence
from mosaic_hookspecs.commands import Accept, Command, Lease, RecordUsage, Reject, Release, Report
from mosaic_hookspecs.data import JsonObject
from mosaic_hookspecs.errors import MosaicError
from mosaic_hookspecs.tasks import RunSpec, Usage
from mosaic_hookspecs.workspace import Workspace, WorkspaceRequest

from .answers import sound, storable
from .crew import Crew
from .journal import Journal
from .merges import MergeQueues
from .phases import Phase, Stop
from .verify import verify

_LOST = ("stale-token", "no-run", "no-task")


@attrs.define(eq=False)
class Attempt:
    """An attempt while this process holds its lease. `started` is trio's time; one whose agent works elsewhere
    has no slot.
    """

    lease: Lease
    journal: Journal
    started: float
    run: RunSpec = attrs.field(init=False)
    needs: Mapping[str, JsonObject] = attrs.field(factory=dict)
    phase: Phase = Phase.WAITING
    stopped: Stop | None = None
    scope: trio.CancelScope | None = None
    is_elsewhere: bool = False
    is_begun: bool = False
    is_reported: bool = False
    is_accepted: bool = False
    last: Command | None = None
    reported: Report | None = None
    outputs: JsonObject | None = None

    @property
    def names(self) -> dict[str, Any]:
        """The fields that every command of this attempt has."""
        return {"run_id": self.lease.run_id, "task_id": self.lease.task_id, "token": self.lease.token}

    @property
    def key(self) -> tuple[str, str, int]:
        """Run, task and token: what names this attempt among all."""
        return (self.lease.run_id, self.lease.task_id, self.lease.token)

    def stop(self, why: Stop) -> None:
        """End it from outside. A decided publication goes on unless the lease is lost."""
        if self.stopped is None and (why is Stop.LOST or self.phase is not Phase.MERGING):
            self.stopped = why
            if self.scope is not None:
                self.scope.cancel()

    async def carry_out(self, crew: Crew, merges: MergeQueues) -> Sequence[Command]:
        """Make the attempt; return the commands that end it (none: its lease is lost)."""
        if self.stopped is not None:
            return self._after_stop()
        try:
            with trio.CancelScope() as self.scope:
                return await self._steps(crew, merges)
        except Exception as error:  # noqa: BLE001 - the boundary to agents, checks and workspaces
            return self._after_error(error, crew)
        finally:
            self.scope = None
            self.journal.close()
        return self._interrupted(crew)

    def _after_error(self, error: Exception, crew: Crew) -> Sequence[Command]:
        error = _only(error)
        if isinstance(error, MosaicError):
            if error.code in _LOST:
                return ()
            if error.code == "run-cancelled":
                return *self._unrecorded(), *self._release(Stop.CANCELLED.value)
            return self._give_up(str(error))
        crew.log.error("attempt.crashed", **self.names, error=error)
        return self._give_up(f"{self.lease.agent or 'the attempt'} crashed: {type(error).__name__}: {error}")

    async def _steps(self, crew: Crew, merges: MergeQueues) -> Sequence[Command]:
        lease, spec = self.lease, self.lease.spec
        if lease.merge is not None:
            self.enter(Phase.MERGING, crew.verification_seconds)
            return await merges.resume(self, crew)
        self.enter(Phase.WORKING, spec.timeout_seconds)
        if not spec.workspace:
            result = await self._run_agent(crew, None)
            if result.outcome != "succeeded" or spec.checks:
                return self._unverified(result)
            return *self._report(result), Accept(**self.names)
        async with AsyncExitStack() as stack:
            provider = crew.workspace(spec.workspace)
            request = WorkspaceRequest(**self.names, title=spec.title, settings=self.run.settings)
            workspace = await stack.enter_async_context(provider.open(request))
            result = await self._run_agent(crew, workspace)
            if result.outcome != "succeeded":
                return self._unverified(result)
            await workspace.seal(_message(self, result))
            files = tuple(await workspace.changed())
            await crew.submit(self._report(result))
            self.is_reported = True
            if self.is_elsewhere:
                self.enter(Phase.VERIFYING, float("inf"))
                await stack.enter_async_context(crew.verifying)
            self.enter(Phase.VERIFYING, crew.verification_seconds)
            return await verify(self, crew, merges, provider, request, workspace, files)

    def enter(self, phase: Phase, seconds: float) -> None:
        """Go on to a phase, which must not take longer than this."""
        self.phase = phase
        if self.scope is not None:
            self.scope.deadline = trio.current_time() + seconds

    async def _run_agent(self, crew: Crew, workspace: Workspace | None) -> AgentResult:
        lease, run = self.lease, self.run
        self.is_begun = True
        goal = run.settings.get("goal") or run.title or run.target
        agent = crew.agent(lease.agent)
        if agent is None:
            return AgentResult(outcome="released", summary=f"{lease.agent} is not here any more")
        answer = await agent.run(
            Assignment(
                run_id=lease.run_id,
                spec=lease.spec,
                token=lease.token,
                attempt=lease.attempt,
                journal=self.journal,
                workspace=workspace,
                goal=str(goal),
                inputs=run.inputs,
                settings=run.settings,
                needs=self.needs,
                last_reason=lease.last_reason,
                agent=lease.agent,
            )
        )
        return sound(answer, lease.agent)

    def _report(self, result: AgentResult) -> Sequence[Command]:
        self.outputs = result.outputs
        self.reported = Report(
            **self.names,
            outcome=result.outcome,
            reason=result.summary,
            outputs=result.outputs,
            usage=self.journal.priced(result.usage),
        )
        return *self._spent(), self.reported

    def _unrecorded(self) -> Sequence[Command]:
        """Return what is to be recorded of a report that was refused: what it says was spent, once."""
        report, self.reported = self.reported, None
        if report is None or self.is_reported or report.usage == Usage():
            return ()
        return (RecordUsage(**self.names, usage=report.usage),)

    def _spent(self, last: Usage | None = None) -> Sequence[Command]:
        usages = [*self.journal.take_usage(), *([self.journal.priced(last)] if last else ())]
        return [RecordUsage(**self.names, usage=usage) for usage in usages]

    def _unverified(self, result: AgentResult) -> Sequence[Command]:
        """End an attempt that did not succeed, or of which nothing can be checked."""
        if result.outcome == "succeeded":
            reason = "it has acceptance checks, and no workspace for them to run in"
            return *self._report(result), Reject(**self.names, reason=reason, may_retry=False)
        if result.outcome == "released":
            reason = result.summary or f"{self.lease.agent} gave it back"
            release = Reject(**self.names, reason=reason, counts=False, backs_off=True)
            spent = result.usage if result.usage != Usage() else None
            return *self._spent(spent), release
        if not result.summary and result.outcome == "failed":
            ending = "" if result.exit_code is None else f" with exit code {result.exit_code}"
            result = attrs.evolve(result, summary=f"{self.lease.agent} failed{ending}")
        return self._report(result)

    def _failed(self, reason: str) -> Sequence[Command]:
        return *self._spent(), Report(**self.names, outcome="failed", reason=storable(reason))

    def _give_up(self, reason: str) -> Sequence[Command]:
        if self.phase is Phase.MERGING:
            return self._release(reason)
        if self.is_reported:
            return (Reject(**self.names, reason=storable(reason)),)
        return self._failed(reason)

    def _interrupted(self, crew: Crew) -> Sequence[Command]:
        if self.stopped is not None:
            return self._after_stop()
        if self.phase is Phase.WORKING:
            return self._failed(f"timed out after {self.lease.spec.timeout_seconds:g} s")
        return self._give_up(f"verification took longer than {crew.verification_seconds:g} s")

    def instead(self, error: MosaicError) -> Sequence[Command]:
        """Return how else to end the attempt when the command that was to end it is refused, so that its
        lease is not left to run out; nothing where the lease is lost, or nothing else is left to say.
        """
        if error.code in _LOST or isinstance(self.last, Release):
            return ()
        spent = self._unrecorded()
        if error.code == "run-cancelled":
            return *spent, *self._release(Stop.CANCELLED.value)
        if isinstance(self.last, Reject) and self.last.evidence == Evidence():
            return *spent, *self._release(str(error))
        return *spent, Reject(**self.names, reason=storable(str(error)))

    def _after_stop(self) -> Sequence[Command]:
        if self.stopped is None or self.stopped is Stop.LOST:
            return ()
        return self._release(self.stopped.value)

    def _release(self, reason: str) -> Sequence[Command]:
        return (Release(**self.names, reason=storable(reason)),)


def _message(attempt: Attempt, result: AgentResult) -> str:
    spec = attempt.lease.spec
    head = f"{spec.task_id}: {spec.title}" if spec.title else spec.task_id
    return f"{head}\n\n{result.summary}".strip()


def _only(error: Exception) -> Exception:
    """Return what a nursery wrapped, if it is one error."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error
