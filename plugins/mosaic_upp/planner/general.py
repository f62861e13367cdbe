"""Phase two for work that takes an agent: requirements of every kind to work items with acceptance.

Owns the order in which kinds build on each other: models, endpoints, features, pages, stories, then
what is judged on the whole: tests, quality, criteria, documentation, milestones. Between them stand
integration items, which keep the dependencies few.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import attrs

from mosaic_hookspecs.plan import Requirement

from ..reading.names import snake, words
from .acceptance import Acceptance, Acceptances
from .blueprints import merged_entities
from .outline import Section, WorkItem

_MOST_SERVED = 20
_AUTH = re.compile(r"auth|login|logout|register|signup|sign-up|session|token|password", re.IGNORECASE)
_ID_OF_STORY = re.compile(
    r"^as (?:an?|the) [^,]{1,60},?\s+i (?:want|need|would like|can)(?: to)?\s+", re.IGNORECASE
)


def requirement_ids(requirements: Sequence[Requirement]) -> tuple[str, ...]:
    """Name requirements, at most so many that a person still reads them."""
    return tuple(requirement.requirement_id for requirement in requirements[:_MOST_SERVED])


@attrs.define
class GeneralWork:
    """Collects sections. `base` are the keys that all of this waits for."""

    requirements: Sequence[Requirement]
    accept: Acceptances
    base: tuple[str, ...]
    sections: list[Section] = attrs.field(factory=list)
    _items: list[WorkItem] = attrs.field(factory=list)

    def build(self) -> list[Section]:
        """Return the sections of everything that the requirements ask for."""
        self._models()
        self._endpoints()
        self._pairs("feature", "Features", "Build", "Prove")
        self._pages()
        self._pairs("story", "User stories", "Make work", "Prove for the user")
        self._gate(
            "core",
            "Integration",
            "Bring all parts together and test them as one",
            ("story", "feature", "page", "endpoint", "model"),
        )
        self._singles("test", "Testing", "Test", 30)
        self._pairs("quality", "Quality", "Build in", "Measure")
        self._gate("hard", "Hardening", "Run every test together and mend what fails", ("test", "quality"))
        self._singles("criterion", "Success criteria", "Prove", 25)
        self._documents()
        self._milestones()
        return self.sections

    def ends(self) -> tuple[str, ...]:
        """Return the keys that nothing waits for yet; the base where there is no work."""
        waited = {key for item in self._items for key in item.after}
        return tuple(item.key for item in self._items if item.key not in waited) or self.base

    def _of(self, kind: str) -> list[Requirement]:
        return [each for each in self.requirements if each.kind == kind]

    def _add(self, title: str, parts: Sequence[Section | WorkItem]) -> None:
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
    ) -> WorkItem:
        """Make a work item for an agent at large, with its acceptance."""
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
            work={"kind": "general"},
        )
        self._items.append(made)
        return made

    def _models(self) -> None:
        found = self._of("model")
        entities = merged_entities(found)
        names = {entity.name for entity in entities}
        placed: set[str] = set()
        parts = []
        for entity in entities:
            noun, many = " ".join(words(entity.name)), entity.plural.replace("_", " ")
            serves = requirement_ids([each for each in found if each.data.get("name") == entity.name])
            targets = [
                f"model:{name}"
                for name in dict.fromkeys(field.references for field in entity.fields)
                if name in names & placed
            ]
            placed.add(entity.name)
            fields = ", ".join(
                f"{field.name} ({field.type}{', required' if field.is_required else ''})"
                for field in entity.fields
            )
            key = f"model:{entity.name}"
            made = (
                self.item(
                    key,
                    f"Define the model of {many}",
                    25,
                    targets or self.base,
                    serves,
                    description=f"Fields: {fields}.",
                    brief=f"{noun} model",
                    owns=(f"table:{entity.plural}",),
                ),
                self.item(
                    f"rules:{entity.name}",
                    f"Validate input for {many}",
                    20,
                    (key,),
                    serves,
                    brief=f"{noun} rules",
                    description="Required fields, types, lengths and choices; every error names its field.",
                ),
                self.item(
                    f"stored:{entity.name}",
                    f"Test that {many} are stored, changed and removed",
                    20,
                    (key,),
                    serves,
                    brief=f"{noun} storage",
                ),
            )
            parts.append(Section(title=f"Data of {many}", parts=made))
        self._add("Data models", parts)
        if len(entities) > 1:
            self._gate(
                "data",
                "Data models together",
                "Test the relations between the models, and an empty and a filled database",
                ("model",),
            )

    def _gate(self, key: str, section: str, title: str, kinds: Sequence[str]) -> None:
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
            self._add(section, (made,))
            self.base = (made.key,)

    def _endpoints(self) -> None:
        groups: dict[str, dict[tuple[str, str], list[Requirement]]] = {}
        for each in self._of("endpoint"):
            pair = (str(each.data["method"]), str(each.data["path"]))
            groups.setdefault(_group(pair[1]), {}).setdefault(pair, []).append(each)
        ordered = sorted(groups, key=lambda name: 0 if _AUTH.search(name) else 1)
        before: tuple[str, ...] = self.base
        parts: list[Section] = []
        for name in ordered:
            previous: str = ""
            pairs: list[Section] = []
            for (method, path), found in groups[name].items():
                key, label = f"route:{method} {path}", f"{method} {path}"
                serves = requirement_ids(found)
                made = (
                    self.item(
                        key,
                        f"Implement {label}",
                        25,
                        (previous,) if previous else before,
                        serves,
                        description=found[0].text,
                        brief=label,
                        owns=(f"route:{label}",),
                    ),
                    self.item(
                        f"proof:{label}",
                        f"Test {label} with right, wrong and unauthorised requests",
                        20,
                        (key,),
                        serves,
                        brief=f"tests of {label}",
                    ),
                )
                previous = key
                pairs.append(Section(title=label, parts=made))
            if _AUTH.search(name) and previous:
                before = (previous,)
            parts.append(Section(title=f"Endpoints of {name}", parts=pairs))
        self._add("API", parts)
        if ordered:
            self._gate(
                "api",
                "API as a whole",
                "Test the API as a whole: error format, unknown routes, refused methods",
                ("endpoint",),
            )

    def _pairs(self, kind: str, section: str, first: str, second: str) -> None:
        parts = []
        for each in self._of(kind):
            if each.data.get("aspect") == "technology":
                continue
            text, key = wish(each), f"{kind}:{each.requirement_id}"
            made = (
                self.item(
                    key,
                    f"{first}: {text}",
                    30,
                    self.base,
                    (each.requirement_id,),
                    description=each.text,
                    brief=_brief(text),
                ),
                self.item(
                    f"proof:{each.requirement_id}",
                    f"{second}: {text}",
                    20,
                    (key,),
                    (each.requirement_id,),
                    description="Usual, empty and wrong input.",
                    brief=f"proof of {_brief(text)}",
                ),
            )
            parts.append(Section(title=_brief(text, 60), parts=made))
        self._add(section, parts)

    def _pages(self) -> None:
        found = self._of("page")
        before = self.base
        parts: list[Section | WorkItem] = []
        if len(found) > 1:
            frame = self.item(
                "pages:frame",
                "Build the frame of all pages: layout, navigation, loading and error states",
                30,
                before,
                requirement_ids(found),
                brief="page frame",
            )
            parts.append(frame)
            before = (frame.key,)
        for each in found:
            text, key = wish(each), f"page:{each.requirement_id}"
            made = (
                self.item(
                    key,
                    f"Build the page: {text}",
                    30,
                    before,
                    (each.requirement_id,),
                    description=each.text,
                    brief=_brief(text),
                ),
                self.item(
                    f"proof:{each.requirement_id}",
                    f"Test the page: {text}",
                    20,
                    (key,),
                    (each.requirement_id,),
                    brief=f"test of {_brief(text)}",
                ),
            )
            parts.append(Section(title=_brief(text, 60), parts=made))
        self._add("Pages", parts)
        if len(found) > 1:
            self._gate(
                "pages",
                "Pages as a whole",
                "Walk through all pages by keyboard and by pointer, and test it",
                ("page",),
            )

    def _singles(self, kind: str, section: str, verb: str, minutes: int) -> None:
        parts = []
        for each in self._of(kind):
            text = wish(each)
            title = text if kind == "test" and text.lower().startswith("test") else f"{verb}: {text}"
            parts.append(
                self.item(
                    f"{kind}:{each.requirement_id}",
                    title,
                    minutes,
                    self.base,
                    (each.requirement_id,),
                    description=each.text,
                    brief=_brief(text),
                )
            )
        self._add(section, parts)

    def _documents(self) -> None:
        parts = []
        for each in self._of("documentation"):
            text = wish(each)
            parts.append(
                self.item(
                    f"docs:{each.requirement_id}",
                    f"Write: {text}",
                    25,
                    self.base,
                    (each.requirement_id,),
                    self.accept.document,
                    description=each.text,
                    brief=_brief(text),
                )
            )
        self._add("Documentation", parts)

    def _milestones(self) -> None:
        before = self.ends()
        parts = []
        for each in self._of("milestone"):
            text, key = wish(each), f"milestone:{each.requirement_id}"
            made = self.item(
                key,
                f"Certify the milestone: {text}",
                20,
                before,
                (each.requirement_id,),
                self.accept.suite,
                description=f"Show that all of it is there: {each.text}",
                brief=_brief(text),
            )
            parts.append(made)
            before = (key,)
        self._add("Milestones", parts)


def wish(requirement: Requirement) -> str:
    """Say in one line what a requirement asks for."""
    want = requirement.data.get("want")
    text = str(want) if want else _ID_OF_STORY.sub("", requirement.text)
    text = " ".join(text.split()).strip(" .;")
    return text if len(text) <= 140 else text[:139].rstrip(" ,;") + "…"  # noqa: PLR2004 - a bound that is said once


def _brief(text: str, most: int = 40) -> str:
    head = re.split(r"\s*[:;(–—]\s*|,\s", text, maxsplit=1)[0]
    head = head if 2 < len(head) <= most else text  # noqa: PLR2004 - a bound that is said once
    return head if len(head) <= most else head[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def _group(path: str) -> str:
    parts = [part for part in path.split("/") if part and not part.startswith("{")]
    while len(parts) > 1 and re.fullmatch(r"api|v\d+|rest", parts[0], re.IGNORECASE):
        parts = parts[1:]
    return snake(parts[0]).replace("_", " ") if parts and snake(parts[0]) else "the root"
