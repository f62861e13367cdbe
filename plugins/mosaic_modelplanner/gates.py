"""What is wrong with an outline, in words for the model that wrote it: the linter's findings, and more.

Refuses nothing by itself: `phases` and `submitting` decide what follows.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from mosaic_hookspecs import Context, Finding, InputError, Plan, PlanLinter, Requirement, Severity, Unavailable

from .numbering import Numbered

MISSED = "MDL001"
"""Code of the finding that lines which ask for something are in no requirement."""
OUTSIDE = "MDL002"
"""Code of the finding that a requirement names lines that the document does not have."""
_SHOWN = 40


@attrs.frozen(kw_only=True)
class Judgement:
    """A plan after mechanical repairs, and what is left. `findings` name nodes by the outline's keys."""

    plan: Plan
    findings: Sequence[Finding]

    @property
    def errors(self) -> Sequence[Finding]:
        """The findings that block."""
        return [finding for finding in self.findings if finding.severity is Severity.ERROR]


class Gates:
    """The gates of every plan, over the linter that is in the planning port, for one document."""

    def __init__(self, context: Context, text: str, read: Sequence[Requirement]) -> None:
        self._context = context
        self._lines = text.count("\n") + 1 if text else 0
        self._read = read

    def judge(self, numbered: Numbered) -> Judgement:
        """Repair what is mechanical, and judge the rest."""
        linter: PlanLinter = self._context.port("planning").get("linter")
        findings = [*linter.check(numbered.plan), *self._missed(numbered.plan)]
        plan = numbered.plan
        if any(finding.is_fixable for finding in findings):
            fixed = linter.fix(plan)
            if {node.node_id for node in fixed.nodes} == set(numbered.keys):
                plan = fixed
                findings = [*linter.check(plan), *self._missed(plan)]
        named = [
            attrs.evolve(finding, subject=numbered.keys.get(finding.subject, finding.subject), location=None)
            for finding in findings
        ]
        return Judgement(plan=plan, findings=named)

    def _missed(self, plan: Plan) -> Sequence[Finding]:
        """Find what the rules read in the document and the model did not."""
        spans = [requirement.span for requirement in plan.requirements if requirement.span]
        found = [
            Finding(
                code=OUTSIDE,
                message=f"names lines {span.start} to {span.end}, and the document has {self._lines}",
                subject=requirement.requirement_id,
            )
            for requirement in plan.requirements
            if (span := requirement.span) and self._lines and span.end > self._lines
        ]
        for asked in self._read:
            span = asked.span
            if span and not any(span.start <= one.end and one.start <= span.end for one in spans):
                found.append(
                    Finding(
                        code=MISSED,
                        message=f"lines {span.start} to {span.end} ask for something: {asked.text[:120]}",
                        subject=f"lines {span.start}-{span.end}",
                        hint="Add a requirement with these lines, and a leaf that serves it.",
                    )
                )
        return found


async def read_by_rules(context: Context, text: str, source: str) -> Sequence[Requirement]:
    """Return the requirements that the rules planner reads in a document; none where it reads nothing."""
    if not text:
        return ()
    try:
        planner = context.port("planning").get("rules")
        plan: Plan = await planner.plan(_request(text, source))
    except (InputError, Unavailable):
        return ()
    return plan.requirements


def _request(text: str, source: str) -> object:
    from mosaic_hookspecs import PlanRequest

    return PlanRequest(text=text, source=source)


def in_words(findings: Sequence[Finding]) -> str:
    """Return findings as lines of text, errors first, bounded."""
    ordered = sorted(findings, key=lambda finding: finding.severity is not Severity.ERROR)
    lines = [
        f"{finding.code} {finding.severity.value} {finding.subject}: {finding.message}"
        + (f" ({finding.hint})" if finding.hint else "")
        for finding in ordered[:_SHOWN]
    ]
    more = len(ordered) - _SHOWN
    return "\n".join([*lines, *([f"and {more} more"] if more > 0 else [])])
