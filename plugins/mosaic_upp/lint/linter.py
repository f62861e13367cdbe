"""The linter: runs every family of rules over one reading of a plan."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs import Finding, Plan

from .acceptance import check_acceptance
from .collector import Collector
from .coverage import check_coverage, check_ownership
from .dependencies import check_dependencies
from .fixer import fix_plan
from .identity import check_identity, check_shape
from .outline import Outline, make_outline
from .sizes import check_sizes
from .wording import check_summary, check_wording


class Linter:
    """Judges plans and repairs what is mechanical; the rules are in `RULES`. Stateless."""

    def check(self, plan: Plan, *, path: str = "") -> Sequence[Finding]:
        """Return every finding, in document order, in time that grows with the plan's size.

        `path` names the plan's file. A line is one of `Plan.source` where that is set, since that is
        the document in which a node or requirement was found.
        """
        return judge(make_outline(plan), path)

    def fix(self, plan: Plan) -> Plan:
        """Repair identifiers, order, oversized leaves and the summary's figures; never invent content.

        Fixing twice is fixing once, and never adds a finding.
        """
        return fix_plan(plan)


def judge(outline: Outline, path: str) -> Sequence[Finding]:
    """Return every finding, as `Linter.check` does, for whoever has the plan's outline already."""
    report = Collector(outline.plan, path)
    if not outline.plan.nodes:
        report.plan("UPP001", "the plan has no nodes", hint="Plan a document that asks for something.")
    check_identity(outline, report)
    check_dependencies(outline, report)
    check_sizes(outline, report)
    check_shape(outline, report)
    check_acceptance(outline, report)
    check_coverage(outline, report)
    check_ownership(outline, report)
    check_summary(outline, report)
    check_wording(outline, report)
    return report.findings()
