"""The rules planner: abstraction, decomposition, second pass, certification. Needs no model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mosaic_hookspecs.data import digest
from mosaic_hookspecs.errors import InputError, Location
from mosaic_hookspecs.plan import Plan
from mosaic_hookspecs.planning import PlanLinter, PlanRequest

if TYPE_CHECKING:
    from .understanding import Understanding


class RulesPlanner:
    """Plans a document or a goal by its own words; the same input gives the same plan.

    Args:
        linter: the gates that every plan must pass.
        base: the directory against which a relative repository is looked up.
    """

    name = "rules"

    def __init__(self, linter: PlanLinter, base: Path | None = None) -> None:
        self._linter = linter
        self._base = base

    async def plan(self, request: PlanRequest) -> Plan:
        """Make a plan. Raises `InputError`, located, for what cannot be planned."""
        # Here, since every kernel has a planner, and few plan.
        from .certification import certify
        from .decomposition import decompose
        from .gaps import fill_gaps
        from .tree import grow

        known = self._understand(request)
        outline = fill_gaps(decompose(known), known)
        plan = Plan(
            title=known.title,
            goal=request.goal,
            source=request.source,
            source_digest=digest(request.text.encode("utf-8", "surrogatepass")) if request.text else "",
            requirements=known.requirements,
            nodes=tuple(grow(outline)),
            blueprint=known.blueprint.to_data() if known.blueprint else {},
        )
        return certify(plan, self._linter)

    def _understand(self, request: PlanRequest) -> Understanding:
        from .inspection import inspect
        from .understanding import understand_document, understand_goal

        repository = str((self._base or Path()) / request.repository) if request.repository else ""
        target = inspect(repository)
        if request.text or request.source:
            return understand_document(request.text, request.source or "document", target)
        if request.goal.strip():
            return understand_goal(request.goal, target)
        raise InputError(
            "nothing-to-plan",
            "there is nothing to plan",
            where=Location(path="goal", line=1),
            expected="a document or a goal",
            hint="Name a PRD (.md), or say a goal such as "
            '"Build a REST API for a bookshop with books, authors and orders".',
        )
