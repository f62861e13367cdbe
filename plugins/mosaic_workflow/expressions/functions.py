"""The functions of the expression language.

Owns their names and how many arguments they take. Those that ask about the job (``success`` …) or its
files are only declared here; the job gives them their meaning.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping

import attrs

from .values import Value, are_equal, fold, kind_of, to_text

STATUS_FUNCTIONS = frozenset({"success", "failure", "always", "cancelled"})
_MANY = 255


@attrs.frozen(kw_only=True)
class Signature:
    """How many arguments a function takes, and what it does (None: depends on the job)."""

    least: int
    most: int
    function: Callable[..., Value] | None = None


def contains(search: Value, item: Value) -> bool:
    """Whether a text holds another, without case, or an array an equal element."""
    if isinstance(search, (list, tuple)):
        return any(are_equal(element, item) for element in search)
    if kind_of(search) == "object":
        return False
    return fold(to_text(item)) in fold(to_text(search))


def starts_with(search: Value, value: Value) -> bool:
    """Whether a text begins with another, without case."""
    return fold(to_text(search)).startswith(fold(to_text(value)))


def ends_with(search: Value, value: Value) -> bool:
    """Whether a text ends with another, without case."""
    return fold(to_text(search)).endswith(fold(to_text(value)))


_PLACE = re.compile(r"\{\{|\}\}|\{(\d{1,3})\}|[{}]")


def format_text(pattern: Value, *arguments: Value) -> str:
    """Replace ``{0}``, ``{1}`` … by the arguments; braces are escaped by doubling."""

    def replace(match: re.Match[str]) -> str:
        if match[0] in ("{{", "}}"):
            return match[0][0]
        if match[1] is None:
            raise ValueError(f"a single {match[0]!r} in the format; double it to mean it")
        index = int(match[1])
        if index >= len(arguments):
            raise ValueError(f"the format names {{{index}}}, but there are {len(arguments)} arguments")
        return to_text(arguments[index])

    return _PLACE.sub(replace, to_text(pattern))


def join(items: Value, separator: Value = ",") -> str:
    """Put an array's elements together; anything else is its own text."""
    if isinstance(items, (list, tuple)):
        return to_text(separator).join(to_text(item) for item in items)
    return to_text(items)


def to_json(value: Value) -> str:
    """Write a value as indented JSON."""
    return json.dumps(_plain(value), indent=2, ensure_ascii=False)


def _plain(value: Value) -> Value:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"JSON has no {to_text(value)}")
        return int(value) if value.is_integer() else value
    if not isinstance(value, (str, int, bool, type(None))):
        raise ValueError("a part of this is known only while the run goes on")  # noqa: TRY004 - told as a fault of the expression
    return value


def from_json(text: Value) -> Value:
    """Read JSON text."""
    try:
        return json.loads(to_text(text), parse_constant=_refuse_constant)
    except RecursionError:
        raise ValueError("the JSON text is nested too deeply") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error}") from None


def _refuse_constant(name: str) -> Value:
    raise ValueError(f"JSON has no {name}")


FUNCTIONS: Mapping[str, Signature] = {
    "contains": Signature(least=2, most=2, function=contains),
    "startsWith": Signature(least=2, most=2, function=starts_with),
    "endsWith": Signature(least=2, most=2, function=ends_with),
    "format": Signature(least=1, most=_MANY, function=format_text),
    "join": Signature(least=1, most=2, function=join),
    "toJSON": Signature(least=1, most=1, function=to_json),
    "fromJSON": Signature(least=1, most=1, function=from_json),
    "hashFiles": Signature(least=1, most=_MANY),
    "success": Signature(least=0, most=0),
    "failure": Signature(least=0, most=0),
    "always": Signature(least=0, most=0),
    "cancelled": Signature(least=0, most=0),
}
