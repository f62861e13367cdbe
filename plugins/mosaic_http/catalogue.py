"""What is offered now: every operation with its routes, read anew whenever a plugin changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.encode import to_json_data

from .routes import SHOWING, Route, key_of, routes_of


@attrs.frozen(kw_only=True)
class Offered:
    """An operation, as ``operations.list`` describes it, and its routes."""

    name: str
    kind: str
    summary: str
    permission: str
    plugin: str
    input: Mapping[str, Any]
    output: Mapping[str, Any]
    routes: Sequence[Route]

    @property
    def thing(self) -> str:
        """What it is about."""
        return self.name.partition(".")[0]

    @property
    def fields(self) -> Mapping[str, Any]:
        """The fields of its input, each with its schema."""
        fields: Mapping[str, Any] = self.input.get("properties", {})
        return fields


@attrs.frozen(kw_only=True)
class Found:
    """An operation that a path leads to, and what the path says of its input."""

    operation: Offered
    values: Mapping[str, str]


class _Node:
    """One part of the paths: what follows it, and what is here by method."""

    __slots__ = ("any", "ends", "next")

    def __init__(self) -> None:
        self.next: dict[str, _Node] = {}
        self.any: _Node | None = None
        self.ends: dict[str, tuple[Offered, Route]] = {}


class Catalogue:
    """The operations of the system. `edition` is another number whenever they have changed."""

    def __init__(self, context: Context) -> None:
        self.edition = 0
        self.by_name: Mapping[str, Offered] = {}
        self._context = context
        self._root = _Node()

    async def refresh(self) -> None:
        """Read the operations anew."""
        found = to_json_data(await self._context.dispatch("operations.list", {}))
        offered = {view["name"]: _offered(view) for view in found["operations"]}
        if offered == self.by_name:
            return
        root = _Node()
        for operation in offered.values():
            for route in operation.routes:
                _put(root, operation, route)
        self.by_name, self._root = offered, root
        self.edition += 1

    def find(self, method: str, segments: Sequence[str]) -> Found | None:
        """Return what a path leads to for a method; a word before a key."""
        for node, values in _ends(self._root, segments, ()):
            if method in node.ends:
                operation, route = node.ends[method]
                return Found(operation=operation, values=dict(zip(route.names, values, strict=True)))
        return None

    def methods(self, segments: Sequence[str]) -> list[str]:
        """Return the methods that a path takes, sorted."""
        return sorted({method for node, _ in _ends(self._root, segments, ()) for method in node.ends})

    def shown_by(self, thing: str) -> Offered | None:
        """Return the query that shows one thing by its key alone, or with its run; None if there is none."""
        for verb in SHOWING:
            found = self.by_name.get(f"{thing}.{verb}")
            if found is not None and key_of(thing, found.input):
                return found
        return None


def _offered(view: Mapping[str, Any]) -> Offered:
    return Offered(**view, routes=routes_of(view["name"], view["kind"], view["input"]))


def _put(root: _Node, operation: Offered, route: Route) -> None:
    node = root
    for part in route.segments:
        if part.startswith("{"):
            node.any = node.any or _Node()
            node = node.any
        else:
            node = node.next.setdefault(part, _Node())
    node.ends.setdefault(route.method, (operation, route))


def _ends(node: _Node, segments: Sequence[str], values: tuple[str, ...]) -> list[tuple[_Node, tuple[str, ...]]]:
    if not segments:
        return [(node, values)]
    first, rest = segments[0], segments[1:]
    found = []
    if first in node.next:
        found += _ends(node.next[first], rest, values)
    if node.any is not None and first:
        found += _ends(node.any, rest, (*values, first))
    return found
