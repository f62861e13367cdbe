"""Phase one, abstraction: what the input is about, whichever way it came in.

Owns `Understanding`: requirements, a blueprint where there is one, the stack, and what was assumed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from mosaic_hookspecs.blueprint import Blueprint, Endpoint, Entity
from mosaic_hookspecs.data import JsonObject
from mosaic_hookspecs.plan import Assumption, Requirement

from ..archetypes.catalogue import Archetype
from ..archetypes.clauses import place_in
from ..archetypes.frames import CHANGE, GENERAL, WRITING
from ..archetypes.goal import Goal, read_goal, title_of
from ..archetypes.judging import Judged, judge_goal, only_names
from ..archetypes.nouns import guess_entities
from ..reading.field_rules import rules_of_fields
from ..reading.names import entity_name, package_name, words
from ..reading.places import placed
from ..reading.requirements import read_document
from .blueprints import blueprint_of, crud, has_required_circle, is_buildable, merged_entities
from .inspection import Target
from .stacks import Stack, choose_stack, is_technology, named_stack, stack_words

_KEEPERS = ("rest-api", "web-application")
_CHANGES = re.compile(
    r"(?:please\s+)?(?:refactor|migrat|upgrad|renam|fix|port|rewrit|replac|speed|optimi[sz]|clean|remov|extract|mov"
    r"|improv|reduc|debug|repair|moderni[sz]|switch|split|merge|document|updat|translat"
    r"|convert (?:our|the|this))",
    re.IGNORECASE,
)
_ASKS_FOR_WORDS = re.compile(
    r"(?:please\s+)?(?:(?:write|update|improve|translate|create|draft|extend|make|rewrite)\s+(?:[\w'-]+\s+){0,5}?"
    r"(?:docs|documentation|guides?|tutorials?|manual|handbook|runbook|readme|reference)\b(?!\s+(?:generator|tool|app|site))"
    r"|document\s)",
    re.IGNORECASE,
)


@attrs.frozen(kw_only=True)
class Understanding:
    """What is to be built. `blueprint` is None where no service was understood well enough to be built
    without a model; `assumed` maps an entity's name ("" for the whole) to what was guessed of it. `general`
    are the requirements of a goal for which there is no pattern.
    """

    title: str
    requirements: Sequence[Requirement]
    stack: Stack
    target: Target
    blueprint: Blueprint | None = None
    assumed: dict[str, Sequence[Assumption]] = attrs.field(factory=dict)
    archetype: Archetype | None = None
    nouns: Sequence[str] = ()
    general: frozenset[str] = frozenset()

    @property
    def asks_for_words(self) -> bool:
        """Whether nothing but documents is asked for."""
        return all(each.kind == "documentation" for each in self.requirements)


def understand_document(text: str, source: str, target: Target) -> Understanding:
    """Understand a Markdown document. Raises `InputError`, located."""
    document = read_document(text, source)
    requirements = (*document.requirements, *rules_of_fields(document.requirements, text))
    title = document.title or " ".join(words(Path(source).stem)).capitalize() or "Project"
    named = named_stack(document.words, document.technologies)
    stack = choose_stack(named, target)
    blueprint: Blueprint | None = None
    assumptions: Sequence[Assumption] = ()
    if stack.builds_services and not target.is_occupied:
        blueprint, assumptions = blueprint_of(title, document.requirements, document.words)
    return Understanding(
        title=title,
        requirements=placed(requirements, text),
        stack=stack,
        target=target,
        blueprint=blueprint,
        assumed={"": assumptions} if assumptions else {},
    )


def understand_goal(goal: str, target: Target) -> Understanding:
    """Understand a goal in a sentence. Raises `InputError` where it says too little."""
    read = read_goal(goal)
    stack = choose_stack(named_stack(goal, (goal,)), target)
    can_scaffold = read.archetype.name == "rest-api" and stack.builds_services and not target.is_occupied
    guesses = guess_entities(read.nouns, read.stated) if read.archetype.name in _KEEPERS else []
    told = stack_words(goal, stack if can_scaffold else attrs.evolve(stack, builds_services=False))
    judged = judge_goal(read, [guess.entity for guess in guesses], told)
    requirements = [_clause(number, each, goal) for number, each in enumerate(judged, start=1)]
    pairs = [(each, judgement.is_known) for each, judgement in zip(requirements, judged, strict=True)]
    general = frozenset(
        each.requirement_id for each, is_known in pairs if not is_known and "aspect" not in each.data
    )
    fits = any(is_known for _, is_known in pairs)
    assumed: dict[str, Sequence[Assumption]] = {"": tuple(_assumed(read, fits=fits))}
    blueprint = None
    name = read.name if fits else title_of(read.text)
    title = f"{name[:1].upper()}{name[1:]}"
    if can_scaffold and fits and guesses:
        first = len(requirements) + 1
        models = [_model(number, guess.entity) for number, guess in enumerate(guesses, start=first)]
        entities = merged_entities(models)
        assumed |= {guess.entity.name: guess.assumptions for guess in guesses}
        requirements += models
        routes: list[Endpoint] = [endpoint for entity in entities for endpoint in crud(entity, "")]
        if all(is_buildable(entity) for entity in entities) and not has_required_circle(entities):
            blueprint = Blueprint(
                package=package_name(read.name), title=title, entities=tuple(entities), endpoints=tuple(routes)
            )
    return Understanding(
        title=title,
        requirements=tuple(requirements),
        stack=stack,
        target=target,
        blueprint=blueprint,
        assumed=assumed,
        archetype=read.archetype if fits else _frame(read, target, requirements),
        nouns=read.nouns if fits else (),
        general=general,
    )


def _clause(number: int, judged: Judged, goal: str) -> Requirement:
    """Make a requirement of a clause; one that only says with what to build is met by setting that up."""
    text = judged.clause.text
    data: JsonObject = {"place": place_in(goal, judged.clause.start)}
    kind = "feature" if judged.is_known else kind_of_wish(text)
    if not judged.is_known and is_technology(text):
        kind, data = "quality", {**data, "aspect": "technology"}
    return Requirement(requirement_id=f"R.{number:03d}", kind=kind, text=text, data=data)


def _frame(read: Goal, target: Target, requirements: Sequence[Requirement]) -> Archetype:
    """Choose what stands around work for which there is no pattern."""
    if all(each.kind == "documentation" for each in requirements):
        return WRITING
    return CHANGE if target.is_occupied or _CHANGES.match(read.text) else GENERAL


def kind_of_wish(text: str) -> str:
    """Say whether a wish for which there is no pattern asks for words or for a program."""
    return "documentation" if _ASKS_FOR_WORDS.match(text) else "feature"


def _assumed(read: Goal, *, fits: bool) -> Iterator[Assumption]:
    if not fits:
        return
    if read.is_guessed:
        yield Assumption(
            text=f"It is about {', '.join(read.nouns)}",
            rationale="The goal names none of the things it keeps; these fit its subject.",
        )
    if read.is_archetype_guessed:
        yield Assumption(
            text=f"It is a {read.archetype.title.lower()}",
            rationale="The goal does not say what kind of program it is.",
        )
    if only_names(read) and not read.is_guessed and entity_name(read.name) not in read.nouns:
        yield Assumption(
            text=f"“{read.name}” only says what it is for",
            rationale="Nothing is planned for it but what the goal says beside it.",
        )


def _model(number: int, entity: Entity) -> Requirement:
    names = ", ".join(field.name for field in entity.fields)
    return Requirement(
        requirement_id=f"R.{number:03d}", kind="model", text=f"{entity.name}: {names}", data=entity.to_data()
    )
