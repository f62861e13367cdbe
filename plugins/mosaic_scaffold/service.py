"""The service that a blueprint describes, resolved and checked as a whole.

Owns what can be built at all: names, references and routes that fit together. A blueprint that passes
here is one that every kind of work can build its part of, so that no task fails for another's fault.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import attrs

from mosaic_hookspecs.blueprint import Blueprint, Entity
from mosaic_hookspecs.errors import InputError

from .columns import Column, Role, columns_of
from .names import module_name, require_entity, require_package, require_plural, snake_case
from .routes import Route, routes_of

_VOWEL = re.compile("[aeio]|u(?!s|ni)")
_LONGEST_TITLE = 80  # other alphabets may take two columns a character
_TAKEN_TEST_NAMES = frozenset({"project", "database", "openapi", "server"})


@attrs.frozen(kw_only=True)
class Resource:
    """An entity with all that the generated code says about it. `article` is ``a`` or ``an``."""

    name: str
    snake: str
    plural: str
    columns: tuple[Column, ...]
    routes: tuple[Route, ...] = ()

    @property
    def module(self) -> str:
        """The module of its model, validation and factory."""
        return module_name(self.snake)

    @property
    def plural_module(self) -> str:
        """The module of its routes."""
        return module_name(self.plural)

    @property
    def words(self) -> str:
        """Its name in a sentence: ``order line``."""
        return self.snake.replace("_", " ")

    @property
    def article(self) -> str:
        """Its name with its article: ``an order line``."""
        return f"{'an' if _VOWEL.match(self.snake) else 'a'} {self.words}"

    @property
    def key(self) -> Column:
        """The primary key."""
        return self.columns[0]

    @property
    def inputs(self) -> tuple[Column, ...]:
        """The columns that clients fill."""
        return tuple(column for column in self.columns if column.role is Role.INPUT)

    @property
    def references(self) -> tuple[Column, ...]:
        """The columns that refer to other rows."""
        return tuple(column for column in self.columns if column.references)

    def route(self, action: str, method: str = "") -> Route | None:
        """Return its route for an action, if the blueprint has one."""
        return next((r for r in self.routes if r.action == action and method in {"", r.method}), None)


@attrs.frozen(kw_only=True)
class Service:
    """A whole service. `circles` maps an entity to all that it can be reached from and reaches."""

    package: str
    title: str
    resources: Mapping[str, Resource]
    blueprint: Blueprint

    def key_type(self, column: Column) -> str:
        """Return the field type that a column has in the end: a reference has that of its target's key."""
        return self.resources[column.references].key.type if column.references else column.type

    def circle(self, name: str) -> tuple[str, ...]:
        """Return, sorted, the entities that refer to each other in a circle with this one (and itself)."""
        forward = self.reachable(name)
        return tuple(sorted({name} | {other for other in forward if name in self.reachable(other)}))

    def reachable(self, name: str, *, only_required: bool = False) -> set[str]:
        """Return the entities that this one refers to, directly or through others."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            for column in self.resources[waiting.pop()].references:
                if column.references not in found and (column.is_required or not only_required):
                    found.add(column.references)
                    waiting.append(column.references)
        return found


def resolve(blueprint: Blueprint) -> Service:
    """Resolve a blueprint.

    Raises:
        InputError: it cannot be built; `where` names the part that is in the way.
    """
    package = require_package(blueprint.package)
    resources: dict[str, Resource] = {}
    for entity in blueprint.entities:
        resources[require_entity(entity.name)] = _resource(entity, blueprint)
    if len(resources) != len(blueprint.entities):
        raise InputError("same-name", "two entities have one name", where="blueprint.entities")
    title = " ".join("".join(c if c.isprintable() else " " for c in blueprint.title).split())
    title = title[: _LONGEST_TITLE if title.isascii() else _LONGEST_TITLE // 2].strip()
    service = Service(package=package, title=title or package, resources=resources, blueprint=blueprint)
    _check_files(service)
    _check_references(service)
    return service


def _resource(entity: Entity, blueprint: Blueprint) -> Resource:
    columns = columns_of(entity)
    return Resource(
        name=entity.name,
        snake=snake_case(entity.name),
        plural=require_plural(entity.plural),
        columns=columns,
        routes=routes_of(entity.name, blueprint),
    )


def _check_files(service: Service) -> None:
    """Refuse entities of which two would write one file."""
    seen: dict[str, str] = {f"test_{name}": name for name in _TAKEN_TEST_NAMES}
    for resource in service.resources.values():
        files = [f"model_{resource.module}", f"resource_{resource.plural_module}", f"test_{resource.plural}"]
        files += [
            f"test_{resource.plural}_{action}" for action in ("list", "get", "create", "update", "delete")
        ]
        files += [f"test_model_{resource.snake}", f"test_validation_{resource.snake}"]
        for file in files:
            if file in seen:
                raise InputError(
                    "same-name",
                    f"{seen[file]} and {resource.name} would share the file {file}.py",
                    where=f"blueprint.entities.{resource.name}",
                    hint="Give one of them another name or plural.",
                )
            seen[file] = resource.name


def _check_references(service: Service) -> None:
    for resource in service.resources.values():
        for column in resource.references:
            if column.references not in service.resources:
                raise InputError(
                    "unknown-entity",
                    f"no entity is called {column.references}",
                    where=f"{resource.name}.{column.name}",
                    expected=", ".join(service.resources),
                )
    for resource in service.resources.values():
        if resource.name in service.reachable(resource.name, only_required=True):
            raise InputError(
                "required-circle",
                f"a first {resource.words} could never be stored: it must refer to itself, or in a circle",
                where=f"blueprint.entities.{resource.name}",
                hint="Make one reference of the circle optional.",
            )
