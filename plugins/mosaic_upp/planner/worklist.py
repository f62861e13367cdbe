"""The work list: where items for agents at large are collected, section by section.

Owns the making of an item with its acceptance, and what later work waits for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import attrs

from mosaic_hookspecs.plan import Requirement

from .acceptance import Acceptance, Acceptances
from .outline import Section, WorkItem
from .wording import requirement_ids


@attrs.define
class WorkList:
    """Collects sections. `base` are the keys that what comes next waits for."""

    requirements: Sequence[Requirement]
    accept: Acceptances
    base: tuple[str, ...] = ()
    sections: list[Section] = attrs.field(factory=list)
    _items: list[WorkItem] = attrs.field(factory=list)

    def of(self, kind: str) -> list[Requirement]:
        """Return the requirements of a kind."""
        return [each for each in self.requirements if each.kind == kind]

    def ends(self) -> tuple[str, ...]:
        """Return the keys that nothing waits for yet; the base where there is no work."""
        waited = {key for item in self._items for key in item.after}
        return tuple(item.key for item in self._items if item.key not in waited) or self.base

    def add(self, title: str, parts: Sequence[Section | WorkItem]) -> None:
        """Add a section, unless it has no items."""
        section = Section(title=title, parts=tuple(parts))
        if any(True for _ in section.items()):
            self.sections.append(section)

    def item(  # noqa: PLR0913 - one argument a fact of the item
        self,
        key: str,
        title: str,
        minutes: int,
        after: Sequence[str],
        serves: Sequence[str],
        how: Callable[[str], Acceptance] | None = None,
        *,
        description: str = "",
        brief: str = "",
        owns: Sequence[str] = (),
        is_general: bool = False,
    ) -> WorkItem:
        """Make a work item, accepted by a test of its own unless `how` says otherwise.

        `is_general`: there is no pattern for what it serves; the mark stays in the plan, and the linter warns.
        """
        accepted = (how or self.accept.test)(title)
        made = WorkItem(
            key=key,
            title=title,
            brief=brief,
            minutes=minutes,
            description=f"{description} {accepted.words}".strip(),
            after=tuple(dict.fromkeys(after)),
            serves=tuple(serves),
            checks=accepted.checks,
            owns=(*accepted.owns, *owns),
            work={"kind": "general", "outline": "general"} if is_general else {"kind": "general"},
        )
        self._items.append(made)
        return made

    def gate(self, key: str, section: str, title: str, kinds: Sequence[str]) -> None:
        """Add an item that waits for all that is there, if there is any of `kinds`, and becomes the base."""
        found = [each for each in self.requirements if each.kind in kinds]
        found.sort(key=lambda each: kinds.index(each.kind))
        if found:
            made = self.item(
                f"gate:{key}",
                title,
                30,
                self.ends(),
                requirement_ids(found),
                self.accept.suite,
                brief=section.lower(),
            )
            self.add(section, (made,))
            self.base = (made.key,)
