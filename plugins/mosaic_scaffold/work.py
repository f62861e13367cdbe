"""Work items: what a task asks the agent to build.

Owns the reading of ``TaskSpec.work``. Refuses what is not one of the kinds, or lacks a part.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from mosaic_hookspecs.blueprint import WORK_KINDS, Blueprint, Endpoint
from mosaic_hookspecs.data import JsonObject
from mosaic_hookspecs.errors import InputError

from .routes import Route, problem_of
from .service import Resource, Service, resolve

_WITH_ENTITY = frozenset({"service.model", "service.validation", "service.tests"})


@attrs.frozen(kw_only=True)
class Work:
    """One piece of work on a service. `resource` and `route` are there for the kinds that name them."""

    kind: str
    service: Service
    resource: Resource | None = None
    route: Route | None = None

    def require_resource(self) -> Resource:
        """Return the entity that the kind of work is about."""
        if self.resource is None:
            raise _bad_work("the work names no entity", "entity")
        return self.resource

    def require_route(self) -> Route:
        """Return the route that the kind of work is about."""
        if self.route is None:
            raise _bad_work("the work names no endpoint", "method and path")
        return self.route


def read_work(data: JsonObject) -> Work:
    """Read a task's work.

    Raises:
        InputError: it is no work for this agent, or its blueprint cannot be built; says exactly why.
    """
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in WORK_KINDS:
        raise InputError(
            "unknown-work",
            "this kind of work is not known",
            where="work.kind",
            expected=", ".join(WORK_KINDS),
            got=repr(kind)[:80],
        )
    blueprint = _read_blueprint(data.get("blueprint"))
    if data.get("package", blueprint.package) != blueprint.package:
        raise _bad_work("the work and its blueprint name different packages", blueprint.package)
    service = resolve(blueprint)
    if kind in _WITH_ENTITY:
        return Work(kind=kind, service=service, resource=_resource(service, data.get("entity")))
    if kind == "service.endpoint":
        return _endpoint_work(service, data)
    return Work(kind=kind, service=service)


def _read_blueprint(data: Any) -> Blueprint:
    if not isinstance(data, Mapping):
        raise _bad_work("the work has no blueprint", "blueprint")
    try:
        blueprint = Blueprint.from_data(data)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(
            "bad-blueprint", "the blueprint cannot be read", where="work.blueprint", got=str(error)[:200]
        ) from error
    _check_types(blueprint)
    return blueprint


def _check_types(blueprint: Blueprint) -> None:
    """Refuse data of the wrong types, which attrs takes as it comes."""
    texts = [("title", blueprint.title), ("package", blueprint.package)]
    for entity in blueprint.entities:
        texts += [("entity.name", entity.name), ("entity.plural", entity.plural)]
        for field in entity.fields:
            texts += [(f"{entity.name}.{key}", getattr(field, key)) for key in ("name", "type", "references")]
            texts += [(f"{entity.name}.choices", choice) for choice in field.choices]
            length: object = field.max_length
            if not isinstance(length, int | None) or isinstance(length, bool):
                raise InputError(
                    "bad-blueprint",
                    "a length must be an integer",
                    where=f"{entity.name}.{field.name}",
                    got=repr(length)[:80],
                )
    for endpoint in blueprint.endpoints:
        texts += [
            (f"endpoint.{key}", getattr(endpoint, key))
            for key in ("method", "path", "entity", "action", "summary")
        ]
    for where, text in texts:
        if not isinstance(text, str):
            raise InputError(
                "bad-blueprint", "this must be a string", where=f"blueprint.{where}", got=repr(text)[:80]
            )


def _resource(service: Service, name: Any) -> Resource:
    if not isinstance(name, str) or name not in service.resources:
        raise InputError(
            "unknown-entity",
            "the blueprint has no such entity",
            where="work.entity",
            expected=", ".join(service.resources),
            got=repr(name)[:80],
        )
    return service.resources[name]


def _endpoint_work(service: Service, data: JsonObject) -> Work:
    method, path = str(data.get("method", "")).upper(), data.get("path")
    endpoint = next(
        (
            found
            for found in service.blueprint.endpoints
            if (found.method.upper(), found.path) == (method, path)
        ),
        None,
    )
    if endpoint is None:
        raise InputError(
            "unknown-endpoint", "the blueprint has no such endpoint", where="work", got=f"{method} {path}"[:80]
        )
    if problem := problem_of(endpoint, service.blueprint):
        raise InputError("unsupported-endpoint", problem, where=f"{method} {path}")
    return Work(
        kind="service.endpoint",
        service=service,
        resource=service.resources[endpoint.entity],
        route=_route(service.resources[endpoint.entity], endpoint),
    )


def _route(resource: Resource, endpoint: Endpoint) -> Route | None:
    return next(
        (
            route
            for route in resource.routes
            if (route.path, route.method) == (endpoint.path, endpoint.method.upper())
        ),
        None,
    )


def _bad_work(what: str, expected: str) -> InputError:
    return InputError("bad-work", what, where="work", expected=expected)
