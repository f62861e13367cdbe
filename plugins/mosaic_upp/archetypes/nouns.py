"""Entities from nouns alone: fields out of the lexicon, references out of usual relations, each a guess."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from mosaic_hookspecs.blueprint import Entity, Field
from mosaic_hookspecs.plan import Assumption

from ..reading.names import entity_plural, snake
from .lexicon import FIELDS, GENERIC_FIELDS, RELATIONS


@attrs.frozen(kw_only=True)
class Guess:
    """An entity that was guessed from its noun, with what was assumed."""

    entity: Entity
    assumptions: Sequence[Assumption]


def guess_entities(names: Sequence[str]) -> list[Guess]:
    """Give each noun (singular CamelCase) its fields, and references among them; referred ones first."""
    guesses = [_guess(name, names) for name in dict.fromkeys(names)]
    return sorted(guesses, key=lambda guess: _rank(guess.entity.name, names, ()))


def _guess(name: str, names: Sequence[str]) -> Guess:
    known = name in FIELDS
    fields = [Field(name="id", type="integer", is_required=True, is_primary_key=True)]
    fields += [_field(word) for word in FIELDS.get(name, GENERIC_FIELDS).split()]
    listed = ", ".join(field.name for field in fields[1:])
    why = (
        f"a {name.lower()} usually has these"
        if known
        else f"nothing is said of a {name.lower()}; a name and a description suit most things"
    )
    assumptions = [
        Assumption(text=f"{name} has the fields {listed}", rationale=f"The goal names no fields, and {why}.")
    ]
    for target in _targets(name, names):
        fields.append(Field(name=f"{snake(target)}_id", type="integer", is_required=True, references=target))
        text = f"{name} refers to one {target}"
        assumptions.append(
            Assumption(
                text=text,
                rationale=f"The goal names both, and a {name.lower()} usually belongs to one {target.lower()}.",
            )
        )
    entity = Entity(name=name, plural=entity_plural(name), fields=tuple(fields))
    return Guess(entity=entity, assumptions=tuple(assumptions))


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
