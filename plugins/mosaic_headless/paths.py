"""Paths into JSON: ``part.tokens.input``, with alternatives: ``result | error.message``.

``@key`` is the key of the element that a rule's `each` is at, ``^`` before a path the whole line, ``.`` the
value itself, ``a.0`` the first of a list and ``a.*`` all of its elements (texts are joined).

A condition's value is what must stand there: a value, a list of which it is one, ``"*"`` (anything), ``"!"``
(nothing), or ``{matches: REGULAR-EXPRESSION}``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

PRESENT, ABSENT, MATCHES = "*", "!", "matches"


@attrs.frozen(kw_only=True)
class Place:
    """Where a path begins: at `value`, which stands under `key` in `line`."""

    value: Any
    line: Any
    key: str = ""

    def find(self, path: str) -> Any:
        """Return what the first alternative that leads somewhere leads to; None for nothing."""
        for one in path.split(" | "):
            found = self._find(one)
            if found is not None:
                return found
        return None

    def text(self, path: str) -> str:
        """Return what is there as text: JSON where it is no text, "" for nothing."""
        found = self.find(path) if path else None
        if found is None or isinstance(found, str):
            return found or ""
        return json.dumps(found, ensure_ascii=False)

    def number(self, paths: tuple[str, ...] | Any) -> float:
        """Return the sum of the numbers at these paths; what is no number counts nothing."""
        found = [self.find(path) for path in paths]
        numbers = [one for one in found if isinstance(one, int | float) and not isinstance(one, bool)]
        return sum(one for one in numbers if 0 < one < float("inf"))

    def fits(self, conditions: Mapping[str, Any]) -> bool:
        """Whether every path leads to its value, or to one of a list of values."""
        return all(_fits(self.find(path), wanted) for path, wanted in conditions.items())

    def elements(self, path: str) -> Iterator[Place]:
        """Yield the elements of the list or mapping at a path."""
        found = self.find(path)
        if isinstance(found, Mapping):
            for key, value in found.items():
                yield Place(value=value, line=self.line, key=str(key))
        elif isinstance(found, list):
            for index, value in enumerate(found):
                yield Place(value=value, line=self.line, key=str(index))

    def _find(self, path: str) -> Any:
        if path == "@key":
            return self.key
        value = self.line if path.startswith("^") else self.value
        steps = [step for step in path.removeprefix("^").split(".") if step]
        return _walk(value, steps)


def _walk(value: Any, steps: list[str]) -> Any:
    for index, step in enumerate(steps):
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, list) and step == "*":
            found = [_walk(one, steps[index + 1 :]) for one in value]
            texts = [one for one in found if isinstance(one, str)]
            return "".join(texts) or None
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _fits(found: Any, wanted: Any) -> bool:
    if wanted == PRESENT:
        return found is not None
    if wanted == ABSENT:
        return found is None
    if isinstance(wanted, Mapping):
        return isinstance(found, str) and re.search(str(wanted.get(MATCHES, "")), found) is not None
    return found in wanted if isinstance(wanted, list) else bool(found == wanted)
