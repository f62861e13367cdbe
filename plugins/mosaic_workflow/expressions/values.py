"""Values of the expression language, and GitHub's loose rules over them.

Owns conversion to truth, number and text, equality and order. Values are JSON data.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Value: TypeAlias = Any
"""None, bool, int, float, str, a sequence or a mapping of such."""

_NUMERIC = re.compile(r"[-+]?(?:0x[0-9a-fA-F]+|0o[0-7]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)\Z")
_EXACT = 10**15


def is_truthy(value: Value) -> bool:
    """Whether `value` counts as true: all but false, 0, NaN, the empty text and null."""
    if isinstance(value, float) and math.isnan(value):
        return False
    if isinstance(value, (Mapping, list, tuple)):
        return True
    return bool(value)


def kind_of(value: Value) -> str:
    """Name the kind of `value`: null, boolean, number, string, array or object."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "string"
    return "object" if isinstance(value, Mapping) else "array"


def to_number(value: Value) -> float:
    """Convert as the language does before it compares different kinds; NaN where it cannot be."""
    if value is None:
        return 0.0
    if isinstance(value, (bool, int, float)):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    if isinstance(value, str):
        text = value.strip()
        if not text:
            return 0.0
        return _numeric(text) if _NUMERIC.match(text) else _WORDS.get(text, math.nan)
    return math.nan


_WORDS = {"Infinity": math.inf, "+Infinity": math.inf, "-Infinity": -math.inf}


def _numeric(text: str) -> float:
    sign, digits = (-1.0, text[1:]) if text.startswith("-") else (1.0, text.removeprefix("+"))
    bases = {"0x": 16, "0o": 8}
    base = bases.get(digits[:2])
    try:
        return sign * (float(int(digits[2:], base)) if base else float(digits))
    except OverflowError:
        return sign * math.inf


def to_text(value: Value) -> str:
    """Convert to text as an expression inside text does."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return _number_text(value)
    if isinstance(value, str):
        return value
    return "Object" if isinstance(value, Mapping) else "Array"


def _number_text(value: float) -> str:
    if isinstance(value, int):
        if abs(value) < _EXACT:
            return str(value)
        value = to_number(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    text = f"{value:.15g}"
    return "0" if text == "-0" else text.replace("e", "E")


def are_equal(left: Value, right: Value) -> bool:
    """Compare loosely: texts without case, different kinds as numbers, arrays and objects by identity."""
    if kind_of(left) != kind_of(right):
        return to_number(left) == to_number(right)
    if isinstance(left, str):
        return fold(left) == fold(right)
    if isinstance(left, (Mapping, Sequence)):
        return left is right
    return bool(left == right)


def is_less(left: Value, right: Value) -> bool:
    """Whether `left` comes before `right`: texts without case, anything else as numbers."""
    if isinstance(left, str) and isinstance(right, str):
        return fold(left) < fold(right)
    return to_number(left) < to_number(right)


def fold(text: str) -> str:
    """Return the form of `text` that comparisons use."""
    return text.upper()
