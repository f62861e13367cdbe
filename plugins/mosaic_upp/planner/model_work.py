"""Work on data models for agents at large: each model, its rules, its storage, and all together."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs.blueprint import Entity

from ..reading.names import words
from .blueprints import merged_entities
from .outline import Section
from .wording import every_id
from .worklist import WorkList


def add_models(work: WorkList) -> None:
    """Add the work on every model that the requirements describe, referred ones first."""
    found = work.of("model")
    entities = merged_entities(found)
    names = {entity.name for entity in entities}
    placed: set[str] = set()
    parts = []
    for entity in entities:
        targets = [
            f"model:{name}"
            for name in dict.fromkeys(field.references for field in entity.fields)
            if name in names & placed
        ]
        placed.add(entity.name)
        serves = every_id([each for each in found if each.data.get("name") == entity.name])
        parts.append(_model(work, entity, targets or work.base, serves))
    work.add("Data models", parts)
    if len(entities) > 1:
        work.gate(
            "data",
            "Data models together",
            "Test the relations between the models, and an empty and a filled database",
            ("model",),
        )


def _model(work: WorkList, entity: Entity, after: Sequence[str], serves: Sequence[str]) -> Section:
    noun, many = " ".join(words(entity.name)), entity.plural.replace("_", " ")
    fields = ", ".join(
        f"{field.name} ({field.type}{', required' if field.is_required else ''})" for field in entity.fields
    )
    key = f"model:{entity.name}"
    made = (
        work.item(
            key,
            f"Define the model of {many}",
            25,
            after,
            serves,
            description=f"Fields: {fields}.",
            brief=f"{noun} model",
            owns=(f"table:{entity.plural}",),
        ),
        work.item(
            f"rules:{entity.name}",
            f"Validate input for {many}",
            20,
            (key,),
            serves,
            brief=f"{noun} rules",
            description="Required fields, types, lengths and choices; every error names its field.",
        ),
        work.item(
            f"stored:{entity.name}",
            f"Test that {many} are stored, changed and removed",
            20,
            (key,),
            serves,
            brief=f"{noun} storage",
        ),
    )
    return Section(title=f"Data of {many}", parts=made)
