"""Phase three, the second pass: work that nobody wrote down, but without which the rest is not done.

Owns the search for what is missing: failure paths, security, a way in for newcomers, the final check.
Adds nothing that a requirement asks for already, and nothing to plans that build from a blueprint only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from mosaic_hookspecs.plan import Assumption, Requirement

from .acceptance import Acceptances
from .outline import Outline, Section, WorkItem
from .stacks import PYTHON
from .understanding import Understanding
from .wording import requirement_ids
from .worklist import WorkList

_GAPS: Sequence[tuple[str, str, str, str]] = (
    (
        "failures",
        "Handle the failure paths: lost connections, bad data, partial work",
        r"error handling|failure|gracefully|error messages?",
        "No requirement says what happens when something fails.",
    ),
    (
        "security",
        "Review inputs, secrets and access for security",
        r"secur|vulnerab|owasp|authoriz",
        "No requirement asks for security, and every program that takes input needs it.",
    ),
    (
        "edges",
        "Test the edge cases: empty, largest, repeated, simultaneous",
        r"edge cases?|boundar|concurren",
        "No requirement names the edge cases.",
    ),
)
_README = re.compile(r"readme|set-?up|install|getting started|user guide", re.IGNORECASE)


def fill_gaps(outline: Outline, known: Understanding) -> Outline:
    """Add the cross-cutting work that is missing, and the final check that waits for everything."""
    items = outline.items()
    if known.archetype is not None or not any(item.work.get("kind") == "general" for item in items):
        return outline
    accept = Acceptances(stack=PYTHON if known.blueprint else known.stack)
    accept.take((*known.target.files, *(name for item in items for name in item.owns)))
    work = WorkList(requirements=known.requirements, accept=accept)
    keys = {item.key for item in items}
    ready = next(
        (key for key in ("gate:core", "documentation", "found:checks", "found:layout") if key in keys), ""
    )
    serves = requirement_ids(_main(known.requirements))
    text = "\n".join(each.text for each in known.requirements)
    parts: list[WorkItem] = []
    if known.blueprint is None and not known.asks_for_words:
        for key, title, pattern, why in _GAPS:
            if not re.search(pattern, text, re.IGNORECASE):
                parts.append(_assumed(work.item(f"gap:{key}", title, 25, (ready,), (), brief=key), why))
        documented = "\n".join(each.text for each in known.requirements if each.kind == "documentation")
        if not _README.search(documented) and not known.target.is_occupied:
            made = work.item(
                "gap:readme",
                "Write the README: what it is, set-up, first use, tests",
                20,
                (ready,),
                (),
                lambda title: accept.document(title, "README.md"),
                brief="README",
            )
            parts.append(_assumed(made, "No requirement asks for a way in for newcomers."))
    waited = {key for item in (*items, *parts) for key in item.after}
    ends = tuple(item.key for item in (*items, *parts) if item.key not in waited)
    final = work.item(
        "final",
        "Check everything from a clean checkout and mend what fails",
        30,
        ends,
        serves,
        accept.suite,
        brief="final check",
    )
    return attrs.evolve(
        outline, sections=(*outline.sections, Section(title="Completion", parts=(*parts, final)))
    )


def _main(requirements: Sequence[Requirement]) -> list[Requirement]:
    kinds = ("story", "feature", "endpoint", "page")
    return [each for each in requirements if each.kind in kinds][:5] or list(requirements)[:5]


def _assumed(item: WorkItem, why: str) -> WorkItem:
    return attrs.evolve(
        item,
        assumptions=(
            Assumption(text="This work is needed although the document does not ask for it", rationale=why),
        ),
    )
