"""The check ``review``: an independent model reads the change, and its findings are the evidence.

Owns who may review (never who did the work), and what findings do to the work. Refuses silence: a reviewer
that does not answer, or not in the form that was asked for, has not passed anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs.agents import CheckOutcome
from mosaic_hookspecs.checks import Check
from mosaic_hookspecs.commands import RecordUsage
from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import Denied, InputError, MosaicError, Refused
from mosaic_hookspecs.models import Message, ModelReply, ModelRequest
from mosaic_hookspecs.storage import Storage
from mosaic_hookspecs.tasks import Usage
from mosaic_hookspecs.workspace import Directory, OnOutput

from .asking import OutOfPatience, ask
from .change import Change, read_change
from .configuration import ReviewerSettings
from .findings import SCHEMA, SEVERITIES, Finding, Review, read_review, worst
from .hidden_signs import shown
from .review_prompt import review_prompt

_KEYS = ("reviewer", "severity", "checklist")
_NEVER = "never"
_MOST_ANSWERS = 3


class ReviewCheck:
    """Runs ``review`` checks. Parameters, all optional: ``reviewer`` (a name of the configuration),
    ``severity`` (the least that refuses the work), ``checklist`` (a list of texts).
    """

    def __init__(self, reviewers: Mapping[str, ReviewerSettings], context: Context) -> None:
        self._reviewers = reviewers
        self._context = context

    @property
    def name(self) -> str:
        """The kind of check."""
        return "review"

    async def run(self, check: Check, directory: Directory, on_output: OnOutput) -> CheckOutcome:
        """Have the candidate reviewed; see `mosaic_hookspecs.CheckRunner`."""
        where = f"checks.{check.name}"
        wanted, severity, checklist = self._read(check.parameters, where)
        most = max((one.max_bytes for one in self._reviewers.values()), default=0)
        change = await read_change(directory, most)
        asked = {"run_id": change.run_id, "task_id": change.task_id}
        detail = await self._context.dispatch("task.show", asked)
        name, settings = self._choose(wanted, _author(detail, change), where)
        if severity:
            settings = attrs.evolve(settings, severity=severity)
        on_output(f"reviewed by {name}\n".encode())
        try:
            review, spent = await self._review(settings, detail, change, checklist, on_output)
        except (OutOfPatience, Denied, InputError, ValueError) as error:
            return _without_review(name, settings, str(error))
        await self._record(name, change, spent)
        return _judged(name, settings, review, spent)

    async def _record(self, name: str, change: Change, spent: Usage) -> None:
        """Count what the review has spent against the run's budget, in the reviewer's name."""
        storage: Storage = self._context.port("storage").get()
        command = RecordUsage(
            run_id=change.run_id, task_id=change.task_id, token=change.token, usage=spent, agent=name
        )
        (outcome,) = await storage.apply([command], by=f"reviewer:{name}")
        if isinstance(outcome, MosaicError):
            raise outcome

    def _read(self, parameters: Mapping[str, Any], where: str) -> tuple[str, Any, Sequence[str]]:
        for key in parameters:
            if key not in _KEYS:
                raise _wrong(f"{where}.{key}", " or ".join(_KEYS), key)
        wanted, severity = parameters.get("reviewer", ""), parameters.get("severity", "")
        checklist = parameters.get("checklist", ())
        if not isinstance(wanted, str) or (wanted and wanted not in self._reviewers):
            raise _wrong(f"{where}.reviewer", " or ".join(self._reviewers) or "one that is configured", wanted)
        if severity not in ("", _NEVER, *SEVERITIES):
            raise _wrong(f"{where}.severity", f"{', '.join(SEVERITIES)} or {_NEVER}", severity)
        if not isinstance(checklist, list | tuple) or not all(isinstance(one, str) for one in checklist):
            raise _wrong(f"{where}.checklist", "a list of texts", checklist)
        if not self._reviewers:
            raise InputError(
                "no-reviewer",
                "there is nobody who could review",
                where=where,
                expected="a reviewer under plugins.loop.reviewers",
                hint="Name one with its model, or take the check out.",
            )
        return wanted, severity, tuple(checklist)

    def _choose(self, wanted: str, author: str, where: str) -> tuple[str, ReviewerSettings]:
        others = [name for name in self._reviewers if name != author]
        name = wanted or next(iter(others), "")
        if not name or name == author:
            raise Refused(
                "own-review",
                f"{author!r} did the work, and never reviews it itself",
                where=f"{where}.reviewer",
                expected=" or ".join(others) or "a reviewer of another name",
                got=author,
                hint="Name another reviewer, or configure one under plugins.loop.reviewers.",
            )
        return name, self._reviewers[name]

    async def _review(
        self,
        settings: ReviewerSettings,
        detail: Any,
        change: Change,
        checklist: Sequence[str],
        on_output: OnOutput,
    ) -> tuple[Review, Usage]:
        difference = change.difference[: settings.max_bytes]
        missing = change.missing + len(change.difference) - len(difference)
        difference, hidden = shown(difference)
        system, question = review_prompt(detail, difference, (*settings.checklist, *checklist))
        messages = [Message(role="user", text=question)]
        spent = Usage()
        why = ""
        for _ in range(_MOST_ANSWERS):
            request = ModelRequest(
                system=system,
                messages=messages,
                schema=SCHEMA,
                model=settings.model_name,
                max_tokens=settings.answer_tokens,
            )
            reply = await ask(
                self._context.port("models"),
                settings.model,
                request,
                settings.patience_seconds,
                lambda line: on_output(f"{line}\n".encode()),
            )
            spent += reply.usage
            try:
                review = _read_reply(reply)
            except ValueError as error:
                why = str(error)
                again = f"That cannot be read: {why}. Answer anew, with the JSON object alone."
                messages += [Message(role="assistant", text=reply.text), Message(role="user", text=again)]
                continue
            return attrs.evolve(review, findings=(*_own_findings(missing, hidden), *review.findings)), spent
        raise ValueError(f"its answers cannot be read: {why}")


def _read_reply(reply: ModelReply) -> Review:
    if reply.stopped == "length":
        raise ValueError("it was cut off; tell only the most important findings")
    if reply.stopped == "refused":
        raise ValueError("it refused to answer")
    return read_review(reply.text)


def _author(detail: Any, change: Change) -> str:
    """Return the agent that made this attempt, the newest, as the log has it."""
    for attempt in detail.attempts:
        if attempt.token == change.token == detail.task.token and attempt.agent:
            return str(attempt.agent)
    raise Refused(
        "unknown-author",
        "nobody knows who did the work, so nobody can be found who did not",
        expected=f"attempt {change.token} of {change.task_id} with its agent",
    )


def _own_findings(missing: int, hidden: int) -> Sequence[Finding]:
    """Return what can be said without a model."""
    found = []
    if missing:
        text = f"the change is too large: {missing} bytes of it were not reviewed (max_bytes); make it smaller"
        found.append(Finding(severity="error", text=text))
    if hidden:
        text = f"the change has {hidden} hidden signs, such as those that turn text around"
        found.append(Finding(severity="warning", text=text))
    return found


def _judged(name: str, settings: ReviewerSettings, review: Review, spent: Usage) -> CheckOutcome:
    is_blocked = settings.severity != _NEVER and worst(review.findings) >= SEVERITIES.index(settings.severity)
    lines = [str(one) for one in sorted(review.findings, key=lambda one: -SEVERITIES.index(one.severity))]
    count = f"{len(lines)} finding{'s' * (len(lines) != 1)} by {name}"
    summary = f"{count}: {lines[0]}" if lines else f"no findings by {name}"
    tokens = f"{spent.input_tokens} tokens in, {spent.output_tokens} out"
    output = "\n".join(
        [*lines, review.summary, f"reviewed by {name} ({spent.model or settings.model}; {tokens})"]
    )
    return CheckOutcome(passed=not is_blocked, summary=summary[:1000], output=output.encode("utf-8", "replace"))


def _without_review(name: str, settings: ReviewerSettings, why: str) -> CheckOutcome:
    is_advice = settings.severity == _NEVER
    return CheckOutcome(
        passed=is_advice,
        summary=f"not reviewed by {name}: {why}"[:1000],
        output=f"not reviewed by {name}: {why}\n".encode("utf-8", "replace"),
    )


def _wrong(where: str, expected: str, got: object) -> InputError:
    return InputError(
        "bad-check", "the check cannot be read", where=where, expected=expected, got=repr(got)[:80]
    )
