"""Running acceptance checks in a clean checkout, and judging what they left: the evidence."""

from __future__ import annotations

from collections.abc import Sequence

import trio

from mosaic_hookspecs.checks import Check, CheckResult, Evidence
from mosaic_hookspecs.commands import Accept, Reject
from mosaic_hookspecs.errors import MosaicError
from mosaic_hookspecs.workspace import Directory, Proposal, Workspace

from .answers import storable
from .crew import Crew
from .phases import UnderWay

_GRACE_SECONDS = 30.0
_LAST_LINES = 12


async def run_checks(
    attempt: UnderWay, crew: Crew, workspace: Workspace, proposal: Proposal
) -> Sequence[CheckResult]:
    """Run a task's checks on a candidate in order, up to and including the first that fails."""
    checks = attempt.lease.spec.checks
    results: list[CheckResult] = []
    if checks:
        async with workspace.checkout(proposal.candidate) as directory:
            for check in checks:
                results.append(await _run_check(attempt, crew, check, directory, proposal.tree))
                if not results[-1].passed:
                    break
    return tuple(results)


async def _run_check(
    attempt: UnderWay, crew: Crew, check: Check, directory: Directory, tree: str
) -> CheckResult:
    attempt.journal.output(f"── check {check.name}\n".encode())
    began = trio.current_time()
    outcome = None
    summary = f"took longer than {check.timeout_seconds:g} s"
    with trio.move_on_after(check.timeout_seconds + _GRACE_SECONDS):
        try:
            outcome = await crew.check_runner(check.uses).run(check, directory, attempt.journal.output)
        except MosaicError as error:
            summary = str(error)
        except Exception as error:  # noqa: BLE001 - the boundary to check runners
            crew.log.error(  # noqa: TRY400 - a structured log, which takes the error as a fact
                "check.crashed", **attempt.names, check=check.name, error=error
            )
            summary = f"{check.uses} crashed: {type(error).__name__}: {error}"
    seconds = round(trio.current_time() - began, 3)
    if outcome is None:
        return CheckResult(name=check.name, passed=False, duration_seconds=seconds, summary=summary, tree=tree)
    return CheckResult(
        name=check.name,
        passed=outcome.passed,
        exit_code=outcome.exit_code,
        duration_seconds=seconds,
        summary=outcome.summary or _last_lines(outcome.output, passed=outcome.passed),
        output=await crew.storage.put_blob(outcome.output) if outcome.output else "",
        tree=tree,
    )


def _last_lines(output: bytes, *, passed: bool) -> str:
    if passed:
        return ""
    return "\n".join(output.decode("utf-8", "replace").strip().splitlines()[-_LAST_LINES:])


def judge(attempt: UnderWay, evidence: Evidence) -> Accept | Reject:
    """Accept what passed; else say which check failed, how, and with what last words."""
    if evidence.passed:
        return Accept(**attempt.names, evidence=evidence)
    failed = next(check for check in evidence.checks if not check.passed)
    ending = "" if failed.exit_code is None else f" with exit code {failed.exit_code}"
    said = failed.summary if failed.summary != ending.removeprefix(" with ") else ""
    reason = f"check {failed.name!r} failed{ending}" + (f": {said}" if said else "")
    return Reject(**attempt.names, reason=storable(reason), evidence=evidence)
