"""Shapes: what a place in a workflow may hold, as data.

One description serves the compiler's checks and the JSON Schema for editors, so that the two cannot
disagree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

import attrs

Contexts: TypeAlias = "frozenset[str] | None"
"""Which contexts an expression may use here; None: no expression may stand here."""


@attrs.frozen(kw_only=True)
class Text:
    """A text. Numbers and booleans are taken for their text where `takes_scalars`."""

    help: str = ""
    contexts: Contexts = None
    functions: frozenset[str] = frozenset()
    choices: Sequence[str] = ()
    pattern: str = ""
    takes_scalars: bool = False
    may_be_empty: bool = True


@attrs.frozen(kw_only=True)
class Condition:
    """An expression, with or without ``${{ }}``; a boolean is one too."""

    help: str = ""
    contexts: Contexts = frozenset()
    functions: frozenset[str] = frozenset()


@attrs.frozen(kw_only=True)
class Number:
    """A number, or an expression that gives one."""

    help: str = ""
    least: float = 0
    most: float | None = None
    is_whole: bool = False
    excludes_least: bool = False
    contexts: Contexts = None


@attrs.frozen(kw_only=True)
class Flag:
    """true or false, or an expression that gives one."""

    help: str = ""
    contexts: Contexts = None


@attrs.frozen(kw_only=True)
class Anything:
    """Any value; expressions may stand in its texts."""

    help: str = ""
    contexts: Contexts = None
    scalar_only: bool = False


@attrs.frozen(kw_only=True)
class Null:
    """Nothing."""

    help: str = ""


@attrs.frozen(kw_only=True)
class Items:
    """A sequence of `of`."""

    of: Shape
    help: str = ""
    least: int = 0


@attrs.frozen(kw_only=True)
class Fields:
    """A mapping with these keys. `unsupported` maps keys that GitHub has and Mosaic has not to what
    to do instead; `ignored` those that have no effect here, to why.
    """

    of: Mapping[str, Shape]
    help: str = ""
    required: Sequence[str] = ()
    unsupported: Mapping[str, str] = attrs.field(factory=dict)
    ignored: Mapping[str, str] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class Table:
    """A mapping from names to `of`. `special` gives some names a shape of their own."""

    of: Shape
    help: str = ""
    pattern: str = ""
    least: int = 0
    special: Mapping[str, Shape] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class OneOf:
    """One of several shapes, told apart by the kind of the value."""

    of: Sequence[Shape]
    help: str = ""


Shape: TypeAlias = Text | Condition | Number | Flag | Anything | Null | Items | Fields | Table | OneOf


def kinds_of(shape: Shape) -> frozenset[str]:
    """Return the kinds of node that a shape takes."""
    if isinstance(shape, OneOf):
        return frozenset().union(*(kinds_of(part) for part in shape.of))
    if isinstance(shape, Anything):
        scalars = frozenset({"text", "number", "boolean", "null"})
        return scalars if shape.scalar_only else scalars | {"mapping", "sequence"}
    if isinstance(shape, Text):
        return frozenset({"text", "number", "boolean"}) if shape.takes_scalars else frozenset({"text"})
    if isinstance(shape, (Number, Flag)):
        own = "number" if isinstance(shape, Number) else "boolean"
        return frozenset({own}) if shape.contexts is None else frozenset({own, "text"})
    return frozenset(_KINDS[type(shape)])


_KINDS: Mapping[type, Sequence[str]] = {
    Condition: ("text", "boolean", "number"),
    Null: ("null",),
    Items: ("sequence",),
    Fields: ("mapping",),
    Table: ("mapping",),
}
