"""Blueprints: what a planner understood of a service, in a form that an agent can build from.

Owns the shared vocabulary between planners that read data models and endpoints and agents that build
without a model. A plan's node carries ``work = {"kind": KIND, ...}``; the kinds and their further
keys are listed in `WORK_KINDS`. A node with such work is labelled with its kind, so that it goes only
to agents that can do it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

WORK_KINDS: Mapping[str, str] = {
    "service.project": "package, application factory, configuration, pyproject.toml, README",
    "service.database": "engine, session, schema creation",
    "service.model": "the table of `entity`",
    "service.validation": "the input rules of `entity`",
    "service.endpoint": "one `endpoint`",
    "service.tests": "tests of every endpoint of `entity`",
    "service.openapi": "the OpenAPI 3.1 document and the route that serves it",
    "service.server": "`python -m PACKAGE --port N`",
    "service.documentation": "README with set-up, run, test and every endpoint",
}
"""Kinds of work that a blueprint leads to, and what each makes. All carry ``package`` (the import
name) and ``blueprint`` (the whole `Blueprint` as data); ``service.model``, ``.validation`` and
``.tests`` carry ``entity`` (a name), ``service.endpoint`` carries ``method`` and ``path``."""

FIELD_TYPES: Sequence[str] = ("integer", "number", "string", "text", "boolean", "date", "datetime", "enum")


def _plain(instance: Any, attribute: Any, value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


@attrs.frozen(kw_only=True)
class Field:
    """One field of an entity. `type` is one of `FIELD_TYPES`; `references` names another entity."""

    name: str
    type: str = "string"
    is_required: bool = False
    is_unique: bool = False
    is_primary_key: bool = False
    is_secret: bool = False
    max_length: int | None = None
    choices: Sequence[str] = ()
    references: str = ""


@attrs.frozen(kw_only=True)
class Entity:
    """A thing that the service keeps. `name` is singular CamelCase, `plural` snake_case for routes."""

    name: str
    plural: str
    fields: Sequence[Field] = ()

    def to_data(self) -> dict[str, Any]:
        """Return the entity as JSON data that `from_data` reads back."""
        return attrs.asdict(self, value_serializer=_plain)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Entity:
        """Build an entity from JSON data."""
        fields = tuple(
            Field(**{**field, "choices": tuple(field.get("choices", ()))}) for field in data.get("fields", ())
        )
        return cls(name=data["name"], plural=data["plural"], fields=fields)


@attrs.frozen(kw_only=True)
class Endpoint:
    """One route. `path` writes parameters as ``{id}``.

    `action` is ``list, get, create, update, delete`` for one of `entity`, or ``custom``, which no
    agent without a model can build.
    """

    method: str
    path: str
    entity: str = ""
    action: str = "custom"
    summary: str = ""


@attrs.frozen(kw_only=True)
class Blueprint:
    """A service: its import name, what it keeps, and what it answers."""

    package: str
    title: str
    entities: Sequence[Entity] = ()
    endpoints: Sequence[Endpoint] = ()

    def to_data(self) -> dict[str, Any]:
        """Return the blueprint as JSON data that `from_data` reads back."""
        return attrs.asdict(self, value_serializer=_plain)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Blueprint:
        """Build a blueprint from what `to_data` returned."""
        return cls(
            package=data["package"],
            title=data["title"],
            entities=tuple(Entity.from_data(item) for item in data.get("entities", ())),
            endpoints=tuple(Endpoint(**item) for item in data.get("endpoints", ())),
        )
