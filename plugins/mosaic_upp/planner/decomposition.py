"""Phase two, decomposition: from what was understood to an outline of work.

Owns the choice between work that needs no model, work for agents, and archetypes' steps.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from mosaic_hookspecs.plan import Assumption, Requirement

from ..archetypes.catalogue import Stage
from ..reading.names import entity_plural
from .acceptance import Acceptances
from .general import general_work
from .outline import Outline, Section, WorkItem
from .service import ServiceWork, service_work
from .serving import Serving
from .stacks import PYTHON
from .understanding import Understanding
from .wording import requirement_ids, wish
from .worklist import WorkList

_TECHNOLOGIES_A_LEAF = 4
_ACCEPTED_BY = {"layout": "manifest", "whole": "suite", "final": "suite"}
_IN_A_REPOSITORY = {
    "layout": "Survey the repository: structure, conventions, how its tests run",
    "runner": "Run the tests that are there, and note what failed before any change",
    "style": "Find the one command that runs all checks, or add it",
    "readme": "Add what is new to the README: what it is, first use, tests",
    "package": "Build the release artefact as the repository does, and install it in a clean environment",
}
"""What an archetype's steps are called where there is a project already."""


def decompose(known: Understanding) -> Outline:
    """Lay out all work that the requirements name."""
    if known.blueprint is not None:
        return _with_service(known)
    if known.archetype is not None:
        return _from_archetype(known)
    accept = Acceptances(stack=known.stack)
    accept.take(known.target.files)
    work = WorkList(requirements=known.requirements, accept=accept)
    foundation = _foundation(known, work)
    sections = general_work(work)
    return Outline(title=known.title, sections=(foundation, *sections))


def _with_service(known: Understanding) -> Outline:
    if known.blueprint is None:
        return Outline(title=known.title, sections=())
    made = service_work(known.blueprint, known.assumed)
    serving = Serving(known.blueprint)
    keys = {item.key for section in _sections(made) for item in section.items()}
    serves: dict[str, list[str]] = {}
    left: list[Requirement] = []
    for requirement in known.requirements:
        found = [key for key in serving.keys(requirement) if key in keys]
        if known.archetype is not None and requirement.kind == "feature":
            found = ["project", "openapi", "server", "documentation"]
        for key in found:
            serves.setdefault(key, []).append(requirement.requirement_id)
        if not found:
            left.append(requirement)
    sections = [_served(section, serves, known.requirements) for section in _sections(made)]
    owned = tuple(name for section in sections for item in section.items() for name in item.owns)
    accept = Acceptances(stack=PYTHON)
    accept.take(owned)
    rest = general_work(WorkList(requirements=left, accept=accept, base=("documentation",))) if left else ()
    return Outline(
        title=known.title,
        sections=(Section(title="REST API", parts=tuple(sections)), *rest)
        if rest
        else (Section(title=f"REST API of {known.title}", parts=tuple(sections)),),
    )


def _sections(made: ServiceWork) -> list[Section]:
    return [made.before, *made.entities, made.after]


def _served(section: Section, serves: dict[str, list[str]], requirements: Sequence[Requirement]) -> Section:
    parts: list[Section | WorkItem] = []
    for part in section.parts:
        if isinstance(part, Section):
            parts.append(_served(part, serves, requirements))
        else:
            own = serves.get(part.key) or _supported(part, serves, requirements)
            parts.append(attrs.evolve(part, serves=tuple(own)))
    return attrs.evolve(section, parts=tuple(parts))


def _supported(
    item: WorkItem, serves: dict[str, list[str]], requirements: Sequence[Requirement]
) -> Sequence[str]:
    """Say what an item is for that no requirement names: its entity, or all that it carries."""
    entity = item.work.get("entity")
    if entity:
        return [
            each.requirement_id
            for each in requirements
            if each.kind == "model" and each.data.get("name") == entity
        ]
    for kinds in (("endpoint",), ("model",)):
        found = [each for each in requirements if each.kind in kinds]
        if found and (item.key not in ("project", "database") or kinds == ("model",)):
            return requirement_ids(found)
    return requirement_ids(requirements)


def _foundation(known: Understanding, work: WorkList) -> Section:
    """Set-up of a new project, or a survey of one that is there; serves the technologies named."""
    named = [each for each in known.requirements if each.data.get("aspect") == "technology"]
    others = [each for each in known.requirements if each not in named]
    first, rest = named[:_TECHNOLOGIES_A_LEAF], named[_TECHNOLOGIES_A_LEAF:]
    stack = "" if known.stack.name == "unknown" else f" ({known.stack.name})"
    assumptions: tuple[Assumption, ...] = ()
    if known.stack.name == "unknown":
        assumptions = (
            Assumption(
                text="Each piece of work proves itself by a script under acceptance/",
                rationale="Neither the document nor the repository says how its tests are run.",
            ),
        )
    if known.target.is_occupied:
        title = f"Survey the repository{stack}: structure, conventions, how its tests run"
    else:
        title = f"Lay out the project{stack}: structure, settings, test runner with a first test"
    layout = work.item(
        "found:layout",
        title,
        25,
        (),
        requirement_ids(first or others),
        work.accept.manifest,
        brief="project layout",
        description="; ".join(each.text for each in first),
    )
    layout = attrs.evolve(layout, assumptions=assumptions)
    parts = [layout]
    for number, start in enumerate(range(0, len(rest), _TECHNOLOGIES_A_LEAF), start=1):
        chunk = rest[start : start + _TECHNOLOGIES_A_LEAF]
        text = "; ".join(wish(each) for each in chunk)
        parts.append(
            work.item(
                f"found:tools{number}",
                f"Set up {text}",
                25,
                (layout.key,),
                requirement_ids(chunk),
                description=text,
                brief=wish(chunk[0])[:40],
            )
        )
    parts.append(
        work.item(
            "found:checks",
            "Set up one command that formats, lints and tests",
            20,
            (layout.key,),
            requirement_ids(named or others),
            brief="one command for all checks",
        )
    )
    work.base = tuple(part.key for part in parts[1:])
    return Section(title="Foundation", parts=tuple(parts))


def _from_archetype(known: Understanding) -> Outline:
    """Follow an archetype's steps; those that name a noun once for each of the goal's nouns."""
    if known.archetype is None:
        return Outline(title=known.title, sections=())
    accept = Acceptances(stack=known.stack)
    accept.take(known.target.files)
    work = WorkList(requirements=known.requirements, accept=accept)
    goal = requirement_ids(known.requirements)
    nouns = [entity_plural(name).replace("_", " ") for name in known.nouns]
    keys: dict[str, list[str]] = {}
    sections: list[Section] = []
    whole = known.assumed.get("", ())
    for stage in known.archetype.stages:
        if not any("{noun}" in step.title for step in stage.steps):
            sections.append(_stage(stage, "", work, keys, goal, is_occupied=known.target.is_occupied))
            continue
        each = [_stage(stage, noun, work, keys, goal) for noun in nouns]
        sections.append(
            Section(title=stage.title.replace("{noun}", " and ".join(nouns[:2])), parts=tuple(each))
        )
    if whole and sections:
        first = sections[0].parts[0]
        if isinstance(first, WorkItem):
            sections[0] = attrs.evolve(
                sections[0], parts=(attrs.evolve(first, assumptions=tuple(whole)), *sections[0].parts[1:])
            )
    return Outline(title=known.title, sections=tuple(sections))


def _stage(  # noqa: PLR0913 - one argument a fact of the stage
    stage: Stage,
    noun: str,
    work: WorkList,
    keys: dict[str, list[str]],
    goal: Sequence[str],
    *,
    is_occupied: bool = False,
) -> Section:
    items: list[WorkItem] = []
    for step in stage.steps:
        own = noun if "{noun}" in step.title else ""
        key = f"{step.key}:{own}"
        if key in keys.get(step.key, []):
            continue
        after: list[str] = []
        for name in step.after:
            made = keys.get(name, [])
            after += [f"{name}:{noun}"] if noun and f"{name}:{noun}" in made else made
        keys.setdefault(step.key, []).append(key)
        title = _IN_A_REPOSITORY.get(step.key, step.title) if is_occupied else step.title
        items.append(
            work.item(
                key,
                title.replace("{noun}", noun),
                step.minutes,
                after,
                goal,
                getattr(work.accept, _ACCEPTED_BY.get(step.key, "test")),
                brief=step.key.replace("-", " ") + (f" of {own}" if own else ""),
            )
        )
    return Section(
        title=stage.title.replace("{noun}", noun)
        + (f" ({noun})" if noun and "{noun}" not in stage.title else ""),
        parts=tuple(items),
    )
