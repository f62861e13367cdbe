"""Phase two, decomposition: from what was understood to an outline of work.

Owns the choice between work that needs no model, work for agents, and archetypes' steps; and so what is said
to serve what. Work serves a requirement if it says its words, or if it waits for the work that does and runs
its checks. Set-up serves nothing by itself: it is traced by what waits for it.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from mosaic_hookspecs.plan import Assumption, Requirement

from ..archetypes.frames import CHANGE
from .acceptance import Acceptances
from .general import BUILT, general_work, wished_work
from .outline import Outline, Section, WorkItem
from .service import ServiceWork, service_work
from .serving import Serving
from .stacks import PYTHON
from .steps import Steps
from .understanding import Understanding
from .wording import requirement_ids, wish
from .worklist import WorkList

_TECHNOLOGIES_A_LEAF = 4
_MOST_TOLD = 5


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
        if known.archetype is not None and requirement.kind != "model":
            is_known = requirement.requirement_id not in known.general
            found = ["project", "openapi", "server", "documentation"] if is_known else []
        for key in found:
            serves.setdefault(key, []).append(requirement.requirement_id)
        if not found:
            left.append(requirement)
        elif serving.asks_more(requirement):
            left.append(attrs.evolve(requirement, kind="feature"))
    sections = [_served(section, serves, known.requirements) for section in _sections(made)]
    owned = tuple(name for section in sections for item in section.items() for name in item.owns)
    accept = Acceptances(stack=PYTHON)
    accept.take(owned)
    work = WorkList(requirements=left, accept=accept, base=("documentation",))
    rest = _beyond(work, known) if left else ()
    return Outline(
        title=known.title,
        sections=(Section(title="REST API", parts=tuple(sections)), *rest)
        if rest
        else (Section(title=f"REST API of {known.title}", parts=tuple(sections)),),
    )


def _beyond(work: WorkList, known: Understanding) -> Sequence[Section]:
    """Lay out what goes beyond a service; what a goal asks for is then tried with the service as one."""
    if known.archetype is None:
        return general_work(work)
    wished_work(work)
    work.gate(
        "core", "Integration", "Bring all parts together and test them as one", ("feature", "documentation")
    )
    return work.sections


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
    """Say what an item is for that no requirement names: its entity, or the routes that it tells of."""
    entity = item.work.get("entity")
    if entity:
        return [
            each.requirement_id
            for each in requirements
            if each.kind == "model" and each.data.get("name") == entity
        ]
    if item.key in ("project", "database"):
        return ()
    routes = [each for each in requirements if each.kind == "endpoint"]
    return requirement_ids(routes or [each for each in requirements if each.kind == "model"])


def _foundation(known: Understanding, work: WorkList) -> Section:
    """Set-up of a new project, or a survey of one that is there; serves the technologies named."""
    named = [each for each in known.requirements if each.data.get("aspect") == "technology"]
    others = [each for each in known.requirements if each.kind in BUILT] or list(known.requirements)
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
    elif known.asks_for_words:
        title = "Lay out the documents: where each stands, and how all are checked"
    else:
        title = f"Lay out the project{stack}: structure, settings, test runner with a first test"
    layout = work.item(
        "found:layout",
        title,
        25,
        (),
        requirement_ids(first),
        work.accept.manifest,
        brief="project layout",
        description="; ".join(each.text for each in first) or _stands_on_it(others),
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
    if known.asks_for_words:
        work.base = tuple(part.key for part in parts)
        return Section(title="Foundation", parts=tuple(parts))
    parts.append(
        work.item(
            "found:checks",
            "Set up one command that formats, lints and tests",
            20,
            (layout.key,),
            (),
            brief="one command for all checks",
        )
    )
    work.base = tuple(part.key for part in parts[1:])
    return Section(title="Foundation", parts=tuple(parts))


def _stands_on_it(requirements: Sequence[Requirement]) -> str:
    """Tell an agent what a project is laid out for."""
    listed = "; ".join(wish(each) for each in requirements[:_MOST_TOLD])
    more = f"; and {len(requirements) - _MOST_TOLD} more" if len(requirements) > _MOST_TOLD else ""
    return f"What will stand on it: {listed}{more}."


def _from_archetype(known: Understanding) -> Outline:
    """Follow an archetype's steps; those that name a noun once for each of the goal's nouns, or not at all.

    What the archetype does not understand gets general work, before all is tested as one.
    """
    if known.archetype is None:
        return Outline(title=known.title, sections=())
    accept = Acceptances(stack=known.stack)
    accept.take(known.target.files)
    work = WorkList(
        requirements=[each for each in known.requirements if each.requirement_id in known.general],
        accept=accept,
    )
    steps = Steps(known=known, work=work)
    sections: list[Section] = []
    for stage in known.archetype.stages:
        if any(step.key == "whole" for step in stage.steps):
            work.base = work.ends()
            sections += wished_work(work, is_change=known.archetype is CHANGE)
        sections += steps.stage(stage)
    return Outline(title=known.title, sections=tuple(sections))
