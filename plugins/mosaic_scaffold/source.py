"""Python source text, laid out as ``ruff format`` would lay it out.

Owns line breaking: a call or signature stands on one line if it fits, else its arguments on one line
of their own, else one argument a line with a trailing comma.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

LINE_LENGTH = 100
_STEP = "    "


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


def choices_tuple(name: str, values: Sequence[str]) -> str:
    """Write a constant that holds these strings."""
    return exploded(f"{name} = (", map(literal, values), ")")


def imports(*lines: str) -> str:
    """Sort the imports of one section: ``import`` before ``from``, each by module; each once."""

    def order(line: str) -> tuple[bool, tuple[int, str]]:
        module = line.split()[1]
        dots = len(module) - len(module.lstrip("."))
        return line.startswith("from"), (-dots, module)

    return "".join(f"{line}\n" for line in sorted(set(lines), key=order))


    return any(item == "*" for item in items)
