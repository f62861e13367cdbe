"""Reporting work, telling how far it is, giving it back. The worker never accepts: it is told the verdict."""

from __future__ import annotations

import math
import os
from typing import Any

import trio

from mosaic_hookspecs import AgentResult, Call, Context, InputError, Refused, Usage
from mosaic_hookspecs.redaction import redacted, secret_values

from .before import NOTES
from .configuration import Config
from .held import Held, Key
from .inputs import ReleaseWork, ReportWork, TellProgress
from .neighbours import Neighbours
from .past import attempt_of, stale
from .provider import PullAgents
from .registry import Registry
from .taking import Taking, require_own
from .verdicts import Expected, Verdict, Verdicts
from .views import Progressed, Reported, Told

HANDED_OVER = NOTES.partition(".")[2]
_LONGEST_NOTES = 16_000
_LONGEST_OUTPUT = 2000
_LONGEST_LINE = 4000
_OUTPUT = "task.output"


class Reporting:
    """Takes what workers say of the work that they hold."""

    def __init__(  # noqa: PLR0913 - what a report touches
        self,
        context: Context,
        config: Config,
        registry: Registry,
        agents: PullAgents,
        verdicts: Verdicts,
        taking: Taking,
        neighbours: Neighbours,
    ) -> None:
        self._context = context
        self._config = config
        self._registry = registry
        self._agents = agents
        self._verdicts = verdicts
        self._taking = taking
        self._neighbours = neighbours
        self._secrets = secret_values(os.environ)

    async def report(self, request: ReportWork, call: Call) -> Reported:
        """Take a result, and answer with what the checks say of it."""
        _require_usage(request.usage)
        result = AgentResult(
            outcome=request.outcome,
            summary=redacted(request.summary, self._secrets),
            outputs=request.outputs,
            usage=request.usage or Usage(),
        )
        expected = await self._settle(request, result, call)
        if expected is None:
            return await self._again(_key(request), call, takes_next=request.next)
        return await self._verdict(_key(request), expected, takes_next=request.next)

    async def release(self, request: ReleaseWork, call: Call) -> Told:
        """Take work back."""
        reason = redacted(request.reason, self._secrets) or "the worker gave it back"
        result = AgentResult(outcome="released", summary=reason)
        if await self._settle(request, result, call) is None:
            detail, attempt = await attempt_of(self._context, _key(request))
            why = self._agents.why_over(_key(request))
            if attempt.outcome in ("running", "reported", "merging") and not why:
                raise _not_held(attempt)
            raise stale(detail, attempt, why)
        return Told(words="It is given back, and goes to another. work_take brings other work.")

    async def progress(self, request: TellProgress, call: Call) -> Progressed:
        """Keep work, or learn that it is over."""
        _require_usage(request.usage)
        key = _key(request)
        held = self._agents.find(key)
        if held is None or held.is_reported:
            return await self._over(request, call)
        require_own(call, held.worker)
        worker = self._registry.workers[held.worker]
        self._registry.heard(worker, renews=worker.capacity == 1)
        held.renew(self._config.lease_seconds)
        journal = held.assignment.journal
        if line := self._line(request):
            journal.output(line)
        if request.usage is not None:
            journal.usage(request.usage)
        until = self._context.clock.now() + round(self._config.lease_seconds * 1000)
        messages = await self._neighbours.unread(held.worker)
        return Progressed(go_on=True, words="Go on.", lease_until=until, messages=messages)

    async def _settle(
        self, request: ReportWork | ReleaseWork, result: AgentResult, call: Call
    ) -> Expected | None:
        """Hand a result to the engine, if the attempt is still held; None if it is not."""
        key = _key(request)
        held = self._agents.find(key)
        if held is None or held.is_reported:
            return None
        require_own(call, held.worker)
        worker = self._registry.workers[held.worker]
        self._registry.heard(worker, renews=worker.capacity == 1)
        held.renew(self._config.lease_seconds)  # what follows must not lose it
        if request.handover:
            await self._note(held, request.handover)
        expected = await self._verdicts.expect(key, held.worker, result.outcome)
        if held.result is not None or self._agents.find(key) is not held:
            if held.result is None:
                self._verdicts.forget(key, expected)
            return None
        held.settle(result)
        self._registry.look(worker)
        return expected

    async def _note(self, held: Held, notes: str) -> None:
        run_id, task_id, token = held.key
        text = redacted(notes, self._secrets)[:_LONGEST_NOTES]
        body = {"token": token, "agent": held.worker, "text": text}
        await self._registry.keeper.record(HANDED_OVER, body, run_id, task_id)

    async def _again(self, key: Key, call: Call, *, takes_next: bool) -> Reported:
        """Answer a report of what is reported already, or is over."""
        expected = self._verdicts.known(key)
        if expected is not None:
            require_own(call, expected.worker)
            return await self._verdict(key, expected, takes_next=takes_next)
        detail, attempt = await attempt_of(self._context, key)
        if attempt.outcome == "accepted":
            accepted = Verdict(outcome="accepted", evidence=attempt.evidence)
            return Reported(verdict="accepted", words=_words(accepted))
        if attempt.outcome in ("reported", "merging"):
            return Reported(verdict="verifying", words=_VERIFYING)
        why = self._agents.why_over(key)
        if attempt.outcome == "running" and not why:
            raise _not_held(attempt)
        raise stale(detail, attempt, why)  # what was let go here goes on in the store for a moment

    async def _verdict(self, key: Key, expected: Expected, *, takes_next: bool) -> Reported:
        with trio.move_on_after(self._config.verdict_seconds):
            await expected.came.wait()
        verdict = expected.verdict
        worker = self._registry.workers.get(expected.worker)
        following = None
        if takes_next and worker is not None:
            following = await self._taking.after_report(worker)
        messages = await self._neighbours.unread(expected.worker) if following is None else following.messages
        outcome, words, output = "verifying", _VERIFYING, ""
        if verdict is not None:
            outcome, words = verdict.outcome, _words(verdict)
            output = await self._output(verdict)
        if following is not None and following.work is None:
            words = f"{words} {following.words}"
        return Reported(
            verdict=outcome,
            words=words,
            output=output,
            next=following.work if following is not None else None,
            messages=messages,
        )

    async def _output(self, verdict: Verdict) -> str:
        """Return what the check that failed printed last."""
        for check in verdict.evidence.checks:
            if not check.passed and check.output:
                data = await self._context.port("storage").get().get_blob(check.output)
                text = (data or b"").decode("utf-8", "replace").strip()
                return text if len(text) <= _LONGEST_OUTPUT else "…" + text[-_LONGEST_OUTPUT:]
        return ""

    async def _over(self, request: TellProgress, call: Call) -> Progressed:
        """Tell who is at work on an attempt that no worker here holds whether to go on."""
        key = _key(request)
        detail, attempt = await attempt_of(self._context, key)
        if attempt.outcome in ("reported", "merging") or self._verdicts.known(key) is not None:
            return Progressed(go_on=False, words="stop: this work is reported, and is being checked or was.")
        if attempt.outcome != "running":
            over = stale(detail, attempt, self._agents.why_over(key))
            return Progressed(go_on=False, words=f"stop: {over.what}; {over.got}. {over.hint}")
        # A runtime of Mosaic's own makes it, and keeps its lease; what it spends, that runtime tells.
        require_own(call, attempt.agent)
        if line := self._line(request):
            self._context.bus.publish(_OUTPUT, (*key, line))
        messages = await self._neighbours.unread(attempt.agent)
        return Progressed(go_on=True, words="Go on.", messages=messages)

    def _line(self, request: TellProgress) -> bytes:
        """Return a note as it is shown: an attempt's own journal is not there for all of them."""
        percent = "" if request.percent is None else f"[{request.percent:g} %] "
        note = redacted(request.note, self._secrets)
        text = f"{percent}{note}".strip()
        shown = text if len(text) <= _LONGEST_LINE else text[:_LONGEST_LINE] + "…"
        return f"{shown}\n".encode() if shown else b""


_VERIFYING = "Mosaic is still checking it. Send the same report again to learn more, or take other work."


def _key(request: Any) -> Key:
    return (request.run_id, request.task_id, request.token)


def _require_usage(usage: Usage | None) -> None:
    """Refuse figures that cannot have been spent.

    Raises:
        InputError: one is negative, or no number (code ``bad-usage``).
    """
    if usage is None:
        return
    figures = (usage.input_tokens, usage.output_tokens, usage.cached_tokens, usage.money)
    if not all(math.isfinite(figure) and figure >= 0 for figure in figures):
        raise InputError(
            "bad-usage",
            "this cannot have been spent",
            where="usage",
            expected="finite numbers that are not negative",
            got=str(figures),
            hint="Leave usage out if you do not know it.",
        )


def _words(verdict: Verdict) -> str:
    commit = verdict.evidence.commit
    if verdict.outcome == "accepted":
        return f"Accepted{f', as commit {commit}' if commit else ''}."
    if verdict.outcome == "skipped":
        return "It is skipped."
    said = f": {verdict.reason}" if verdict.reason else ""
    after = "It is not tried again by itself." if verdict.is_last else "It is tried again."
    how = {"refused": "Refused", "failed": "Noted as failed", "cancelled": "The task was cancelled"}
    return f"{how.get(verdict.outcome, 'It went back undone')}{said}. {after}"


def _not_held(attempt: Any) -> Refused:
    return Refused(
        "not-a-workers",
        "this attempt is not in the hands of a pull worker here",
        got=f"token {attempt.token}, made by {attempt.agent or 'an agent'} and {attempt.outcome}",
        hint="Its runtime reports it. Just end your work; work_progress tells whether to go on.",
    )
