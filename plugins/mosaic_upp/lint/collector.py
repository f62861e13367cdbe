"""Collects findings and gives each its severity, place and position in the document."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs import Finding, Location, Plan, Requirement, Severity

from .rules import RULES


class Collector:
    """Gathers the findings of one check of one plan.

    A line of a node or requirement is a line of `Plan.source`, where that is known, and else of `path`.
    """

    def __init__(self, plan: Plan, path: str) -> None:
        self._plan = plan
        self._path = path
        self._findings: list[tuple[int, Finding]] = []

    def node(  # noqa: PLR0913 - one argument a field of a finding
        self,
        index: int,
        code: str,
        message: str,
        *,
        hint: str = "",
        severity: Severity | None = None,
        is_fixable: bool = False,
    ) -> None:
        """Add a finding about the node at `index`."""
        node = self._plan.nodes[index]
        self._add(index, code, message, node.node_id, node.line, hint, severity, is_fixable)

    def requirement(self, index: int, code: str, message: str, *, hint: str = "") -> None:
        """Add a finding about the requirement at `index`; these come after the nodes."""
        requirement = self._plan.requirements[index]
        line = requirement.span.start if requirement.span else 0
        position = len(self._plan.nodes) + index
        place = _place_of(self._plan, requirement)
        self._add(position, code, message, requirement.requirement_id, line, hint, None, False, place)

    def plan(
        self, code: str, message: str, *, subject: str = "", hint: str = "", is_fixable: bool = False
    ) -> None:
        """Add a finding about the plan as a whole; these come first."""
        self._add(-1, code, message, subject, 0, hint, None, is_fixable)

    def findings(self) -> Sequence[Finding]:
        """Return all findings in document order, and by code where they share a place."""
        self._findings.sort(key=lambda entry: (entry[0], entry[1].code))
        return tuple(finding for _, finding in self._findings)

    def _add(  # noqa: PLR0913 - one argument a field
        self,
        position: int,
        code: str,
        message: str,
        subject: str,
        line: int,
        hint: str,
        severity: Severity | None,
        is_fixable: bool,  # noqa: FBT001 - private, and called with all fields
        place: Location | None = None,
    ) -> None:
        path = (self._plan.source or self._path) if line else (self._path or self._plan.source)
        finding = Finding(
            code=code,
            message=message,
            severity=severity or RULES[code].severity,
            subject=subject,
            location=place or (Location(path=path, line=line) if path else None),
            hint=hint,
            is_fixable=is_fixable,
        )
        self._findings.append((position, finding))


def _place_of(plan: Plan, requirement: Requirement) -> Location | None:
    """Say where in the plan's document, or else its goal, a requirement stands; None if that is not told."""
    place = requirement.data.get("place")
    if not isinstance(place, (list, tuple)) or [type(each) for each in place] != [int, int]:
        return None
    return Location(path=plan.source or "goal", line=place[0], column=place[1])
