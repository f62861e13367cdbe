"""Blueprints out of requirements: entities, and endpoints with the action that each carries out.

Owns the judgement whether a service is understood well enough to be built without a model.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Sequence

import attrs

from mosaic_hookspecs.blueprint import Blueprint, Endpoint, Entity, Field
from mosaic_hookspecs.graph import topological_order
from mosaic_hookspecs.plan import Assumption, Requirement

from ..reading.names import package_name, snake, words

ACTIONS = ("list", "get", "create", "update", "delete")
_METHODS = {"list": "GET", "get": "GET", "create": "POST", "update": "PUT", "delete": "DELETE"}
_SERVICE = re.compile(
    r"\b(?:rest(?:ful)?|http|json|web|crud)?\s*(?:api|service|endpoints?|backend|server)\b", re.IGNORECASE
)
_BELOW = re.compile(
    r"(?:under|below|prefix(?:ed)?(?: is| with| by)?:?|base (?:path|url)(?: is)?:?)\s+(?:https?://[^/\s]+)?"
    r"(/[a-z][a-z0-9_/-]{0,18}[a-z0-9])",
    re.IGNORECASE,
)
_OTHER_KIND = re.compile(
    r"\b(?:mobile app|desktop app|command[- ]line|cli\b|browser extension|library for)\b", re.IGNORECASE
)
_LONGEST_NAME, _LONGEST_PATH = 32, 48
_MOST_CARRIED = 200_000  # facts of some 200 bytes, counted once for each piece of work
_TAKEN = frozenset({"Any", "Flask", "FlaskClient"})


def crud(entity: Entity, prefix: str) -> list[Endpoint]:
    """Return the five endpoints of an entity."""
    base = f"{prefix}/{entity.plural}"
    noun, many = " ".join(words(entity.name)), entity.plural.replace("_", " ")
    summaries = {
        "list": f"List the {many}",
        "get": f"Return one {noun}",
        "create": f"Create one {noun}",
        "update": f"Update one {noun}",
        "delete": f"Delete one {noun}",
    }
    return [
        Endpoint(
            method=_METHODS[action],
            path=base if action in ("list", "create") else f"{base}/{{id}}",
            entity=entity.name,
            action=action,
            summary=summaries[action],
        )
        for action in ACTIONS
    ]


def merged_entities(requirements: Sequence[Requirement]) -> list[Entity]:
    """Return the entities of all model requirements: each once, referred ones first, references resolved."""
    merged: dict[str, Entity] = {}
    for requirement in requirements:
        if requirement.kind == "model" and requirement.data:
            entity = Entity.from_data(requirement.data)
            known = merged.get(entity.name)
            fields = {field.name: field for field in (*entity.fields, *(known.fields if known else ()))}
            order = dict.fromkeys(field.name for field in (*(known.fields if known else ()), *entity.fields))
            merged[entity.name] = attrs.evolve(entity, fields=tuple(fields[name] for name in order))
    for requirement in requirements:
        pair = requirement.data.get("relation")
        if isinstance(pair, list) and len(pair) == 2 and all(name in merged for name in pair):  # noqa: PLR2004 - a bound that is said once
            _relate(merged, str(pair[0]), str(pair[1]))
    resolved = {
        name: attrs.evolve(entity, fields=tuple(_resolved(field, merged) for field in entity.fields))
        for name, entity in merged.items()
    }
    return _ordered(resolved)


def _relate(merged: dict[str, Entity], holder: str, target: str) -> None:
    entity = merged[holder]
    if not any(field.references == target or field.name == f"{snake(target)}_id" for field in entity.fields):
        field = Field(name=f"{snake(target)}_id", type="integer", is_required=True, references=target)
        merged[holder] = attrs.evolve(entity, fields=(*entity.fields, field))


def _resolved(field: Field, entities: dict[str, Entity]) -> Field:
    target = field.references
    if not target and snake(field.name) in {snake(name) for name in entities} and field.type == "string":
        target = next(name for name in entities if snake(name) == field.name)
        return attrs.evolve(field, name=f"{field.name}_id", type="integer", references=target)
    if target not in entities:
        return attrs.evolve(field, references="")
    name = field.name if field.name.endswith("_id") or field.type == "integer" else f"{field.name}_id"
    return attrs.evolve(field, name=name, type="integer", choices=(), max_length=None)


def _ordered(entities: dict[str, Entity]) -> list[Entity]:
    graph = {
        name: [field.references for field in entity.fields if field.references and field.references != name]
        for name, entity in entities.items()
    }
    order = topological_order(graph)
    return [entities[name] for name in (*order, *(name for name in entities if name not in set(order)))]


def endpoints_of(requirements: Sequence[Requirement], entities: Sequence[Entity]) -> list[Endpoint]:
    """Return every endpoint of the requirements once, with its entity and action."""
    seen: dict[tuple[str, str], Endpoint] = {}
    taken: set[tuple[str, str, str]] = set()
    for requirement in requirements:
        if requirement.kind != "endpoint":
            continue
        method, path = str(requirement.data["method"]), str(requirement.data["path"])
        if (method, path) in seen:
            continue
        entity, action = _meaning(method, path, entities)
        written = path if action == "custom" else re.sub(r"\{\w+\}$", "{id}", path)
        if (method, entity, action) in taken or len(path) > _LONGEST_PATH:
            entity, action, written = "", "custom", path
        elif action != "custom":
            taken.add((method, entity, action))
        summary = str(requirement.data.get("summary", ""))
        seen[method, path] = Endpoint(
            method=method, path=written, entity=entity, action=action, summary=summary
        )
    return list(seen.values())


def _meaning(method: str, path: str, entities: Sequence[Entity]) -> tuple[str, str]:
    parts = [part for part in path.split("/") if part]
    is_item = bool(parts) and parts[-1].startswith("{") and parts[-1].endswith("}")
    if is_item:
        parts = parts[:-1]
    if not parts or any("{" in part for part in parts):
        return "", "custom"
    entity = next((each for each in entities if snake(parts[-1]) == each.plural), None)
    action = {
        ("GET", False): "list",
        ("GET", True): "get",
        ("POST", False): "create",
        ("PUT", True): "update",
        ("PATCH", True): "update",
        ("DELETE", True): "delete",
    }.get((method, is_item), "custom")
    return (entity.name, action) if entity and action != "custom" else ("", "custom")


def blueprint_of(
    title: str, requirements: Sequence[Requirement], text: str
) -> tuple[Blueprint | None, Sequence[Assumption]]:
    """Return the service that the requirements describe, with what was assumed; None if they do not."""
    entities = merged_entities(requirements)
    if not entities or not all(is_buildable(entity) for entity in entities) or has_required_circle(entities):
        return None, ()
    entities = [_with_key(entity) for entity in entities]
    endpoints = endpoints_of(requirements, entities)
    assumptions: list[Assumption] = []
    if not endpoints:
        if not _SERVICE.search(text) or _OTHER_KIND.search(text):
            return None, ()
        below = _BELOW.search(text)
        prefix = below[1].rstrip("/") if below else ""
        endpoints = [endpoint for entity in entities for endpoint in crud(entity, prefix)]
        text = "Every entity has the endpoints list, get, create, update and delete"
        assumptions.append(
            Assumption(
                text=text, rationale="The document asks for a service and names data models, but no endpoint."
            )
        )
    if not any(endpoint.action != "custom" for endpoint in endpoints):
        return None, ()
    made = Blueprint(
        package=package_name(title), title=title, entities=tuple(entities), endpoints=tuple(endpoints)
    )
    return (made, tuple(assumptions)) if is_handy(made) else (None, ())


def is_handy(blueprint: Blueprint) -> bool:
    """Whether the blueprint is small enough for every piece of work to carry all of it."""
    fields = sum(len(entity.fields) for entity in blueprint.entities)
    pieces = 3 * len(blueprint.entities) + len(blueprint.endpoints)
    return (fields + len(blueprint.endpoints)) * pieces <= _MOST_CARRIED


def _with_key(entity: Entity) -> Entity:
    if any(field.is_primary_key for field in entity.fields):
        return entity
    return attrs.evolve(
        entity, fields=(Field(name="id", type="integer", is_required=True, is_primary_key=True), *entity.fields)
    )


def is_buildable(entity: Entity) -> bool:
    """Whether a table, a class and input rules can be made of an entity without asking anybody."""
    names = [entity.name, entity.plural, *(field.name for field in entity.fields)]
    keys = [field for field in entity.fields if field.is_primary_key]
    return (
        bool(entity.fields)
        and len(keys) <= 1
        and entity.name not in _TAKEN
        and all(name.isidentifier() and len(name) <= _LONGEST_NAME for name in names)
        and not keyword.iskeyword(entity.plural)
        and all(_is_buildable_field(field) for field in entity.fields)
    )


def _is_buildable_field(field: Field) -> bool:
    if field.is_primary_key:
        return field.type in ("integer", "string") and not field.references
    if field.is_secret and (field.type not in ("string", "text") or field.references or field.is_unique):
        return False
    if field.references:
        return True
    return not (field.is_unique and field.type in ("boolean", "enum")) and (
        field.type != "enum" or bool(field.choices)
    )


def has_required_circle(entities: Sequence[Entity]) -> bool:
    """Whether entities need one another, so that none could be stored first."""
    graph = {
        entity.name: [field.references for field in entity.fields if field.references and field.is_required]
        for entity in entities
    }
    return len(topological_order(graph)) < len(graph)
