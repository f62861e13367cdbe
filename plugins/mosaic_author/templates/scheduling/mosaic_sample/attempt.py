"""One attempt: from the lease to the commands that end it.

Reported is not accepted: what the agent says is checked in a clean checkout, and only what passed there
is published. Refuses to end a lease by itself: `scheduler` writes the commands.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import trio
from mosaic_hookspecs import (
    AbandonMerge,
    Accept,
    AgentResult,
    Assignment,
    BeginMerge,
    CheckResult,
    CheckRunner,
    Command,
    Context,
    Evidence,
    JsonObject,
    Lease,
    MosaicError,
    Proposal,
    Refused,
    Reject,
    Release,
    Report,
    RunSpec,
    Storage,
    Workspace,
    WorkspaceProvider,
    WorkspaceRequest,
)

from .journal import BusJournal


class Attempt:
    """Carries out one lease with the agent that it was claimed for."""

    def __init__(self, context: Context, storage: Storage, agent: Any, lease: Lease, run: RunSpec) -> None:
        self._context = context
        self._storage = storage
        self._agent = agent
        self._lease = lease
        self._run = run
        self._journal = BusJournal(context.bus, lease)
        self._is_reported = False
        self.names: dict[str, Any] = {
            "run_id": lease.run_id,
            "task_id": lease.task_id,
            "token": lease.token,
        }

    async def carry_out(self) -> Sequence[Command]:
        """Do the work; return the commands that end the lease. Whatever an agent, a check or a workspace
        raises ends the attempt and nothing else.
        """
        try:
            if self._lease.merge is not None:
                return await self._finish_merge()
            return await self._work()
        except MosaicError as error:
            reason = str(error)
        except Exception as error:
            self._context.log.error("attempt.crashed", **self.names, error=error)
            reason = f"{self._lease.agent} crashed: {type(error).__name__}: {error}"
        if self._is_reported:
            return [Reject(**self.names, reason=reason)]
        return [Report(**self.names, outcome="failed", reason=reason, usage=self._journal.spent)]

    async def _work(self) -> Sequence[Command]:
        spec = self._lease.spec
        if not spec.workspace:
            result = await self._ask_agent(None)
            if result.outcome != "succeeded":
                return [self._report(result)]
            if spec.checks:
                reason = "it has checks, and no workspace for them to run in"
                return [self._report(result), Reject(**self.names, reason=reason, may_retry=False)]
            return [self._report(result), Accept(**self.names)]
        provider: WorkspaceProvider = self._context.port("workspace").get(spec.workspace)
        request = WorkspaceRequest(**self.names, title=spec.title, settings=self._run.settings)
        async with provider.open(request) as workspace:
            result = await self._ask_agent(workspace)
            if result.outcome != "succeeded":
                return [self._report(result)]
            await workspace.seal(f"{spec.task_id}: {spec.title}")
            await self._write(self._report(result))
            self._is_reported = True
            return await self._verify(provider, request, workspace)

    async def _ask_agent(self, workspace: Workspace | None) -> AgentResult:
        lease, run = self._lease, self._run
        with trio.move_on_after(lease.spec.timeout_seconds):
            result: AgentResult = await self._agent.run(
                Assignment(
                    run_id=lease.run_id,
                    spec=lease.spec,
                    token=lease.token,
                    attempt=lease.attempt,
                    journal=self._journal,
                    workspace=workspace,
                    goal=run.title or run.target,
                    inputs=run.inputs,
                    settings=run.settings,
                    needs=await self._needs(),
                    last_reason=lease.last_reason,
                )
            )
            return result
        return AgentResult(outcome="failed", summary=f"timed out after {lease.spec.timeout_seconds:g} s")

    async def _needs(self) -> Mapping[str, JsonObject]:
        found: dict[str, JsonObject] = {}
        for need in self._lease.spec.needs:
            record = await self._storage.task(self._lease.run_id, need.task_id)
            if record is not None:
                found[need.task_id] = {"result": record.state.value, "outputs": record.outputs}
        return found

    async def _verify(
        self, provider: WorkspaceProvider, request: WorkspaceRequest, workspace: Workspace
    ) -> Sequence[Command]:
        try:
            proposal = await workspace.propose()
        except Refused as error:  # others published what collides with it: that does not count
            reason = "\n".join(filter(None, (error.what, error.got, error.hint)))
            return [Reject(**self.names, reason=reason, counts=False)]
        evidence = Evidence(
            checks=await self._check(workspace, proposal),
            commit=proposal.candidate,
            files=tuple(await workspace.changed()),
        )
        failed = [check for check in evidence.checks if not check.passed]
        if failed:
            reason = f"check {failed[0].name!r} failed: {failed[0].summary}"
            return [Reject(**self.names, reason=reason, evidence=evidence)]
        if not proposal.candidate:
            return [Accept(**self.names, evidence=evidence)]
        await self._write(
            BeginMerge(**self.names, candidate=proposal.candidate, base=proposal.base, evidence=evidence)
        )
        if await provider.publish(request, proposal):
            return [Accept(**self.names, evidence=evidence)]
        reason = "something else was published in the very moment that this was to be"
        return [
            AbandonMerge(**self.names, reason=reason),
            Reject(**self.names, reason=reason, counts=False),
        ]

    async def _check(self, workspace: Workspace, proposal: Proposal) -> Sequence[CheckResult]:
        results: list[CheckResult] = []
        async with workspace.checkout(proposal.candidate) as directory:
            for check in self._lease.spec.checks:
                runner: CheckRunner = self._context.port("agents").get(f"check:{check.uses}")
                outcome = await runner.run(check, directory, self._journal.output)
                results.append(
                    CheckResult(
                        name=check.name,
                        passed=outcome.passed,
                        exit_code=outcome.exit_code,
                        summary=outcome.summary,
                        output=await self._storage.put_blob(outcome.output) if outcome.output else "",
                        tree=proposal.tree,
                    )
                )
                if not outcome.passed:
                    break
        return tuple(results)

    async def _finish_merge(self) -> Sequence[Command]:
        """Publish what an earlier holder decided to publish and could not, or make sure that it never is."""
        lease, merge = self._lease, self._lease.merge
        if merge is None:
            return [Release(**self.names)]
        evidence = Evidence()
        for event in await self._storage.events(run_id=lease.run_id, task_id=lease.task_id, limit=100_000):
            if event.kind == "task.merging":
                evidence = Evidence.from_data(json.loads(event.body)["evidence"])
        provider: WorkspaceProvider = self._context.port("workspace").get(lease.spec.workspace)
        request = WorkspaceRequest(
            run_id=lease.run_id,
            task_id=lease.task_id,
            token=merge.token,
            title=lease.spec.title,
            settings=self._run.settings,
        )
        if await provider.publish(request, Proposal(candidate=merge.candidate, base=merge.base)):
            return [Accept(**self.names, evidence=evidence)]
        reason = "something else was published before this could be"
        return [AbandonMerge(**self.names, reason=reason), Release(**self.names, reason=reason)]

    def _report(self, result: AgentResult) -> Report:
        return Report(
            **self.names,
            outcome=result.outcome,
            reason=result.summary,
            outputs=result.outputs,
            usage=result.usage + self._journal.spent,
        )

    async def _write(self, command: Command) -> None:
        [outcome] = await self._storage.apply([command], by=self._context.plugin)
        if isinstance(outcome, MosaicError):
            raise outcome
