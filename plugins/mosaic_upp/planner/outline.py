"""The outline of a plan before it has identifiers: sections of work items that name each other by key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import attrs

from mosaic_hookspecs.checks import Check
from mosaic_hookspecs.data import JsonObject
from mosaic_hookspecs.plan import Assumption


@attrs.frozen(kw_only=True)
class WorkItem:
    """One atomic task to be. `brief` is its title in a few words; `after` names the keys it waits for."""

    key: str
    title: str
    brief: str = ""
    minutes: int = 20
    description: str = ""
    after: Sequence[str] = ()
    serves: Sequence[str] = ()
    checks: Sequence[Check] = ()
    owns: Sequence[str] = ()
    labels: Sequence[str] = ()
    work: JsonObject = attrs.field(factory=dict)
    assumptions: Sequence[Assumption] = ()


@attrs.frozen(kw_only=True)
class Section:
    """Work that belongs together, in order."""

    title: str
    parts: Sequence[Section | WorkItem] = ()

    def items(self) -> Iterator[WorkItem]:
        """Walk over the work items in order."""
        for part in self.parts:
            if isinstance(part, Section):
                yield from part.items()
            else:
                yield part


@attrs.frozen(kw_only=True)
class Outline:
    """A whole plan before its tree is grown."""

    title: str
    sections: Sequence[Section]
    assumptions: Sequence[Assumption] = ()

    def items(self) -> list[WorkItem]:
        """Return every work item in order."""
        return [item for section in self.sections for item in section.items()]
