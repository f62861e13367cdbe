"""Phase one, abstraction: what the input is about, whichever way it came in.

Owns `Understanding`: requirements, a blueprint where there is one, the stack, and what was assumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import attrs

from mosaic_hookspecs.blueprint import Blueprint, Endpoint, Entity
from mosaic_hookspecs.plan import Assumption, Requirement

from ..archetypes.catalogue import Archetype
from ..archetypes.goal import read_goal
from ..archetypes.nouns import guess_entities
from ..reading.names import package_name, words
from ..reading.requirements import read_document
from .blueprints import blueprint_of, crud, has_required_circle, is_buildable, merged_entities
from .inspection import Target
from .stacks import Stack, choose_stack, named_stack


@attrs.frozen(kw_only=True)
class Understanding:
    """What is to be built. `blueprint` is None where no service was understood well enough to be built
    without a model; `assumed` maps an entity's name ("" for the whole) to what was guessed of it.
    """

    title: str
    requirements: Sequence[Requirement]
    stack: Stack
    target: Target
    blueprint: Blueprint | None = None
    assumed: dict[str, Sequence[Assumption]] = attrs.field(factory=dict)
    archetype: Archetype | None = None
    nouns: Sequence[str] = ()


def understand_document(text: str, source: str, target: Target) -> Understanding:
    """Understand a Markdown document. Raises `InputError`, located."""
    document = read_document(text, source)
    title = document.title or " ".join(words(Path(source).stem)).capitalize() or "Project"
    named = named_stack(document.words, document.technologies)
    stack = choose_stack(named, target)
    blueprint: Blueprint | None = None
    assumptions: Sequence[Assumption] = ()
    if stack.builds_services and not target.is_occupied:
        blueprint, assumptions = blueprint_of(title, document.requirements, document.words)
    return Understanding(
        title=title,
        requirements=document.requirements,
        stack=stack,
        target=target,
        blueprint=blueprint,
        assumed={"": assumptions} if assumptions else {},
    )


def understand_goal(goal: str, target: Target) -> Understanding:
    """Understand a goal in a sentence. Raises `InputError` where it says too little."""
    read = read_goal(goal)
    stack = choose_stack(named_stack(goal, (goal,)), target)
    title = f"{read.name[:1].upper()}{read.name[1:]}"
    requirements = [Requirement(requirement_id="R.001", kind="feature", text=read.text)]
    whole: list[Assumption] = []
    if read.is_guessed:
        names = ", ".join(read.nouns)
        whole.append(
            Assumption(
                text=f"It is about {names}",
                rationale="The goal names none of the things it keeps; these fit its subject.",
            )
        )
    if read.is_archetype_guessed:
        whole.append(
            Assumption(
                text=f"It is a {read.archetype.title.lower()}", rationale="The goal names no kind of program."
            )
        )
    is_service = read.archetype.name == "rest-api" and stack.builds_services and not target.is_occupied
    assumed: dict[str, Sequence[Assumption]] = {"": tuple(whole)}
    blueprint = None
    if is_service:
        guesses = guess_entities(read.nouns, read.stated)
        models = [_model(number, guess.entity) for number, guess in enumerate(guesses, start=2)]
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
        archetype=read.archetype,
        nouns=read.nouns,
    )


def _model(number: int, entity: Entity) -> Requirement:
    names = ", ".join(field.name for field in entity.fields)
    return Requirement(
        requirement_id=f"R.{number:03d}", kind="model", text=f"{entity.name}: {names}", data=entity.to_data()
    )
