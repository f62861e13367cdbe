"""Routes: which endpoints can be built, and where they stand.

Owns the check of methods, paths and actions. An endpoint that is not one of the five plain actions on
one entity takes understanding, and is refused: no model stands behind this agent.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping

import attrs

from mosaic_hookspecs.blueprint import Blueprint, Endpoint

METHODS: Mapping[str, tuple[str, ...]] = {
    "list": ("GET",),
    "get": ("GET",),
    "create": ("POST",),
    "update": ("PUT", "PATCH"),
    "delete": ("DELETE",),
}
"""The methods that each action may have."""

_ON_ONE = frozenset({"get", "update", "delete"})
_SEGMENT = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*|\{[A-Za-z_][A-Za-z0-9_]*\}")
_TAKEN_PATHS = frozenset({"/health", "/openapi.json"})
_LONGEST_PATH = 48


@attrs.frozen(kw_only=True)
class Route:
    """One endpoint that can be built. `path` is as in the blueprint, with ``{id}``."""

    method: str
    path: str
    action: str
    summary: str = ""

    @property
    def verb(self) -> str:
        """What its function's name begins with."""
        return "replace" if self.method == "PUT" else self.action

    @property
    def parameter(self) -> str:
        """The name of the parameter in its path, "" if it has none."""
        match = re.search(r"\{([^}]*)\}", self.path)
        return match[1] if match else ""

    def rule(self, converter: str) -> str:
        """Return the path as Flask writes it."""
        return re.sub(r"\{([^}]*)\}", rf"<{converter}:\1>", self.path)

    def url(self, value: str) -> str:
        """Return the text of an f-string for the path, in which `value` stands for the parameter."""
        return 'f"' + re.sub(r"\{[^}]*\}", lambda _: f"{{{value}}}", self.path) + '"'


def routes_of(entity: str, blueprint: Blueprint) -> tuple[Route, ...]:
    """Return the entity's endpoints that can be built, in a fixed order; others are left out."""
    found: dict[str, Route] = {}
    for endpoint in blueprint.endpoints:
        if endpoint.entity == entity and not problem_of(endpoint, blueprint):
            route = Route(
                method=endpoint.method.upper(),
                path=endpoint.path,
                action=endpoint.action,
                summary=endpoint.summary,
            )
            found.setdefault(route.verb, route)
    order = ("list", "create", "get", "replace", "update", "delete")
    return tuple(found[verb] for verb in order if verb in found)


def problem_of(endpoint: Endpoint, blueprint: Blueprint) -> str:
    """Say why an endpoint cannot be built; "" if it can."""
    method = endpoint.method.upper()
    if endpoint.action == "custom" or endpoint.action not in METHODS:
        return (
            "the endpoint is not a plain list, get, create, update or delete of one entity:"
            " an agent with a model is needed"
        )
    if endpoint.entity not in {entity.name for entity in blueprint.entities}:
        return f"no entity is called {endpoint.entity!r}"
    if method not in METHODS[endpoint.action]:
        return f"{endpoint.action} takes {' or '.join(METHODS[endpoint.action])}, not {method}"
    return _path_problem(endpoint) or _clash(endpoint, blueprint)


def _path_problem(endpoint: Endpoint) -> str:
    path = endpoint.path
    segments = path.removeprefix("/").split("/")
    if not path.startswith("/") or len(path) > _LONGEST_PATH or not all(map(_SEGMENT.fullmatch, segments)):
        return (
            f"the path {path[:80]!r} cannot be served:"
            f" plain segments and {{id}}, at most {_LONGEST_PATH} characters"
        )
    if any(segment.startswith("{") and keyword.iskeyword(segment[1:-1]) for segment in segments):
        return f"a parameter of {path} is a Python keyword"
    if path in _TAKEN_PATHS:
        return f"the service itself answers at {path}"
    parameters = [segment for segment in segments if segment.startswith("{")]
    if endpoint.action in _ON_ONE and (len(parameters) != 1 or segments[-1] != parameters[0]):
        return f"{endpoint.action} needs a path that ends with the one parameter, the {endpoint.entity}'s id"
    if endpoint.action not in _ON_ONE and parameters:
        return f"{endpoint.action} with the path parameter {parameters[0]} takes an agent with a model"
    return ""


def _clash(endpoint: Endpoint, blueprint: Blueprint) -> str:
    """Say which earlier endpoint stands where this one would."""
    method = endpoint.method.upper()
    shape = re.sub(r"\{[^}]*\}", "{}", endpoint.path)
    for other in blueprint.endpoints:
        if other is endpoint:
            return ""
        if other.method.upper() != method:
            continue
        if re.sub(r"\{[^}]*\}", "{}", other.path) == shape:
            return f"{method} {other.path} stands in the blueprint already"
        if (other.entity, other.action) == (endpoint.entity, endpoint.action):
            return f"{endpoint.entity} has its {endpoint.action} at {method} {other.path} already"
    return ""
