"""Python source text, laid out as ``ruff format`` would lay it out.

Owns line breaking: a call or signature stands on one line if it fits, else its arguments on one line
of their own, else one argument a line with a trailing comma.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

LINE_LENGTH = 100
_STEP = "    "
_DIGITS = re.compile(r"(\d+)")


def literal(text: str) -> str:
    """Write a string as Python text, with the quotes that need fewer escapes, double ones first."""
    double = json.dumps(text, ensure_ascii=False)
    if '"' not in text or text.count('"') <= text.count("'"):
        return double
    return "'" + double[1:-1].replace('\\"', '"').replace("'", "\\'") + "'"


def bracketed(prefix: str, items: Sequence[str], suffix: str, *, depth: int = 0) -> str:
    """Write ``prefix item, item suffix`` at `depth` steps of indentation; ends with a line break.

    `prefix` ends with the opening bracket, and `suffix` begins with the closing one.
    """
    indent, inner = _STEP * depth, _STEP * (depth + 1)
    joined = ", ".join(items)
    if len(line := f"{indent}{prefix}{joined}{suffix}") <= LINE_LENGTH or not items:
        return f"{line}\n"
    if len(line := f"{inner}{joined}") <= LINE_LENGTH:
        return f"{indent}{prefix}\n{line}\n{indent}{suffix}\n"
    body = "".join(f"{inner}{item},\n" for item in items)
    return f"{indent}{prefix}\n{body}{indent}{suffix}\n"


def exploded(prefix: str, items: Iterable[str], suffix: str, *, depth: int = 0) -> str:
    """Write one item a line, each with a comma, which keeps the formatter from joining them; without
    items, ``prefix suffix``.
    """
    indent, inner = _STEP * depth, _STEP * (depth + 1)
    body = "".join(f"{inner}{item},\n" for item in items)
    return f"{indent}{prefix}\n{body}{indent}{suffix}\n" if body else f"{indent}{prefix}{suffix}\n"


def string_tuple(prefix: str, values: Sequence[str], suffix: str, *, depth: int = 0) -> str:
    """Write ``prefix("a", "b")suffix``. The comma of a single item asks for no line of its own."""
    items = [literal(value) for value in values]
    if len(items) == 1 and len(line := f"{_STEP * depth}{prefix}({items[0]},){suffix}") <= LINE_LENGTH:
        return f"{line}\n"
    return exploded(f"{prefix}(", items, f"){suffix}", depth=depth)


def imports(*lines: str) -> str:
    """Sort the imports of one section: ``import`` before ``from``, each by module; each once."""

    def order(line: str) -> tuple[bool, int, list[tuple[int, str]]]:
        module = line.split()[1]
        dots = len(module) - len(module.lstrip("."))
        parts = [(int(part), "") if part.isdigit() else (-1, part) for part in _DIGITS.split(module)]
        return line.startswith("from"), -dots, parts

    return "".join(_import(line) for line in sorted(set(lines), key=order))


def _import(line: str) -> str:
    """Write one import; names that do not fit stand in brackets, one a line."""
    opening, separator, names = line.partition(" import ")
    if len(line) <= LINE_LENGTH or not separator:
        return f"{line}\n"
    return exploded(f"{opening} import (", names.split(", "), ")")
