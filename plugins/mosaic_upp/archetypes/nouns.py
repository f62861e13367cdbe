"""Entities from nouns alone: fields out of the lexicon, references out of usual relations, each a guess."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from mosaic_hookspecs.blueprint import Entity, Field
from mosaic_hookspecs.plan import Assumption

from ..reading.names import entity_plural, snake, words
from .lexicon import FIELDS, GENERIC_FIELDS, RELATIONS


@attrs.frozen(kw_only=True)
class Guess:
    """An entity that was guessed from its noun, with what was assumed."""

    entity: Entity
    assumptions: Sequence[Assumption]


def guess_entities(names: Sequence[str], stated: Mapping[str, Entity]) -> list[Guess]:
    """Give each noun (singular CamelCase) its fields, and references among them; referred ones first.

    `stated` are the entities whose fields are known: nothing is guessed of those but what is required,
    where that is not said of any, and their references.
    """
    guesses = [_guess(name, names, stated.get(name)) for name in dict.fromkeys(names)]
    return sorted(guesses, key=lambda guess: _rank(guess.entity.name, names, ()))


def _guess(name: str, names: Sequence[str], stated: Entity | None) -> Guess:
    fields = [Field(name="id", type="integer", is_required=True, is_primary_key=True)]
    if stated is None:
        own = [_field(word) for word in FIELDS.get(name, GENERIC_FIELDS).split()]
        known = f"{_said(name)} usually has these"
        unknown = f"nothing is said of {_said(name)}; a name and a description suit most things"
        listed = ", ".join(field.name for field in own)
        assumption = Assumption(
            text=f"{name} has the fields {listed}",
            rationale=f"The goal names no fields, and {known if name in FIELDS else unknown}.",
        )
        fields, assumptions = [*fields, *own], [assumption]
    else:
        own, assumptions = _stated(name, stated)
        fields += own
    for target in _targets(name, names):
        if any(snake(target) in (field.name, field.name.removesuffix("_id")) for field in fields):
            continue
        fields.append(Field(name=f"{snake(target)}_id", type="integer", is_required=True, references=target))
        text = f"{name} refers to one {target}"
        assumptions.append(
            Assumption(
                text=text,
                rationale=(
                    f"The goal names both, and {_said(name)} usually belongs to one {' '.join(words(target))}."
                ),
            )
        )
    entity = Entity(name=name, plural=entity_plural(name), fields=tuple(fields))
    return Guess(entity=entity, assumptions=tuple(assumptions))


def _stated(name: str, stated: Entity) -> tuple[list[Field], list[Assumption]]:
    """Require the first field where the goal says of none that it is required."""
    own = list(stated.fields)
    if any(field.is_required for field in own) or own[0].type == "boolean":
        return own, []
    own[0] = attrs.evolve(own[0], is_required=True)
    tail = "; its other fields may be left out" if own[1:] else ""
    text = f"{name} needs a {' '.join(own[0].name.split('_'))}{tail}"
    return own, [Assumption(text=text, rationale="The goal says of no field whether it is required.")]


def _targets(name: str, names: Sequence[str]) -> list[str]:
    return [target for holder, target in RELATIONS if holder == name and target in names]


def _rank(name: str, names: Sequence[str], above: tuple[str, ...]) -> int:
    targets = [target for target in _targets(name, names) if target not in above and target != name]
    return 1 + max((_rank(target, names, (*above, name)) for target in targets), default=-1)


def _field(word: str) -> Field:
    word, _, choices = word.partition("=")
    name, _, kind = word.partition(":")
    return Field(
        name=name,
        type=kind.rstrip("*!") or "string",
        is_required="*" in kind,
        is_unique="!" in kind,
        choices=tuple(choices.split("|")) if choices else (),
    )


def _said(name: str) -> str:
    """Say a noun with its article."""
    noun = " ".join(words(name))
    return f"an {noun}" if noun[0] in "aeio" or noun.startswith(("un", "up")) else f"a {noun}"
