"""An archetype's steps as work items, and which of the goal's clauses each of them serves."""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from mosaic_hookspecs.plan import Assumption

from ..archetypes.catalogue import Stage, Step
from ..reading.names import entity_plural, words
from .outline import Section, WorkItem
from .understanding import Understanding
from .wording import every_id
from .worklist import WorkList

_ACCEPTED_BY = {"layout": "manifest", "survey": "document", "whole": "suite", "final": "suite"}
_SERVES_BY_ITS_DEPENDENTS = ("layout", "survey", "runner", "style", "readme", "package", "database")
_IN_A_REPOSITORY = {
    "layout": "Survey the repository: structure, conventions, how its tests run",
    "runner": "Run the tests that are there, and note what failed before any change",
    "style": "Find the one command that runs all checks, or add it",
    "readme": "Add what is new to the README: what it is, first use, tests",
    "package": "Build the release artefact as the repository does, and install it in a clean environment",
}
"""What an archetype's steps are called where there is a project already."""


@attrs.define
class Steps:
    """Makes the items of stages, in order. What a step waits for that is left out, it inherits; what looks
    at the whole waits for the general work, too.
    """

    known: Understanding
    work: WorkList
    _keys: dict[str, list[str]] = attrs.field(factory=dict)
    _is_begun: bool = False

    def stage(self, stage: Stage) -> Sequence[Section]:
        """Return a stage's sections: one, or one in all for each of the goal's nouns."""
        if not any("{noun}" in step.title for step in stage.steps):
            return self._filled(stage.title, self._items(stage, ""))
        nouns = [entity_plural(name).replace("_", " ") for name in self.known.nouns]
        if not nouns:
            return self._filled(stage.title, self._items(stage, ""))
        each = [
            section
            for noun in nouns
            for section in self._filled(
                stage.title.replace("{noun}", noun) + ("" if "{noun}" in stage.title else f" ({noun})"),
                self._items(stage, noun),
            )
        ]
        return (Section(title=stage.title.replace("{noun}", " and ".join(nouns[:2])), parts=tuple(each)),)

    def _filled(self, title: str, items: Sequence[WorkItem]) -> Sequence[Section]:
        plain = title.replace(" of the {noun}", "").replace(" the {noun}", "").replace(" on the {noun}", "")
        return (Section(title=plain, parts=tuple(items)),) if items else ()

    def _items(self, stage: Stage, noun: str) -> list[WorkItem]:
        items: list[WorkItem] = []
        is_whole = any(step.key == "whole" for step in stage.steps)
        for step in stage.steps:
            own = noun if "{noun}" in step.title else ""
            key = f"{step.key}:{own}"
            if key in self._keys.get(step.key, []):
                continue
            after: list[str] = []
            for name in step.after:
                made = self._keys.get(name, [])
                after += [f"{name}:{noun}"] if noun and f"{name}:{noun}" in made else made
            if "{noun}" in step.title and not noun:
                self._keys.setdefault(step.key, []).extend(after)
                continue
            if step.key == "whole" or (is_whole and self.known.general):
                after += self.work.base
            self._keys.setdefault(step.key, []).append(key)
            items.append(self._item(step, key, own, after))
            if step.key == "layout":
                items += self._tools(key)
        return items

    def _tools(self, layout: str) -> Sequence[WorkItem]:
        """Make the items that set up what the goal names to build with; what waits for tests waits for them."""
        made = []
        for each in self.known.requirements:
            if each.data.get("aspect") == "technology":
                key = f"tools:{each.requirement_id}"
                tools = re.sub(r"^\w+ (?:in |with )?", "", each.text, count=1)
                item = self.work.item(
                    key,
                    f"Set up {tools}",
                    25,
                    (layout,),
                    (each.requirement_id,),
                    brief="tools",
                    description=each.text,
                )
                made.append(item)
                self._keys.setdefault("runner", []).append(key)
        return made

    def _item(self, step: Step, key: str, own: str, after: Sequence[str]) -> WorkItem:
        title = _IN_A_REPOSITORY.get(step.key, step.title) if self.known.target.is_occupied else step.title
        served = self._served(step, own)
        description = self._asked(served) if served and step.key not in ("whole", "final") else ""
        if step.key in ("layout", "survey"):
            title, description = self._with_stack(title), self._asked(())
        item = self.work.item(
            key,
            title.replace("{noun}", own),
            step.minutes,
            after,
            served,
            getattr(self.work.accept, _ACCEPTED_BY.get(step.key, "test")),
            description=description,
            brief=step.key.replace("-", " ") + (f" of {own}" if own else ""),
        )
        if self._is_begun:
            return item
        self._is_begun = True
        return attrs.evolve(item, assumptions=tuple(self._assumptions()))

    def _with_stack(self, title: str) -> str:
        name = self.known.stack.name
        return title if name == "unknown" else title.replace(":", f" ({name}):", 1)

    def _asked(self, served: Sequence[str]) -> str:
        """Say in the goal's own words what a step is for, or what will stand on it."""
        if not served:
            return f"What will stand on it: {'; '.join(each.text for each in self.known.requirements)}."
        told = [each.text for each in self.known.requirements if each.requirement_id in served]
        return f"Asked for: {'; '.join(told)}."

    def _assumptions(self) -> Sequence[Assumption]:
        said = self.known.assumed.get("", ())
        kind = self.known.archetype
        if kind is None or not kind.pattern:
            return said
        usual = Assumption(
            text=f"It gets what a {kind.title.lower() if kind.title != 'REST API' else kind.title} usually has",
            rationale="The goal names this kind of program, and not all of its parts.",
        )
        return (*said, usual)

    def _served(self, step: Step, noun: str) -> Sequence[str]:
        """Name the clauses of which a step says something: its noun, its kind of program; at the end, all."""
        if step.key in _SERVES_BY_ITS_DEPENDENTS:
            return ()
        if step.key in ("whole", "final"):
            return every_id(self.known.requirements)
        understood = [each for each in self.known.requirements if each.requirement_id not in self.known.general]
        if noun:
            said = " ".join(words(noun))
            single = said[:-1]
            named = [each for each in understood if single in " ".join(words(each.text))]
            if named:
                return every_id(named)
        kind = self.known.archetype.pattern if self.known.archetype else ""
        return every_id([each for each in understood if kind and re.search(kind, each.text, re.IGNORECASE)])
