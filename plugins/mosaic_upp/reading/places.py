"""Where in their lines requirements begin, for findings that are about their words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import attrs

from mosaic_hookspecs.plan import Requirement

_IN_WORDS = ("story", "feature", "quality")
_LETTER = re.compile(r"[^\W_]")
_TELLING_START = 3


def placed(requirements: Sequence[Requirement], text: str) -> Sequence[Requirement]:
    """Give requirements that are said in words their line and column in the document."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return tuple(_placed(requirements, lines))


def _placed(requirements: Sequence[Requirement], lines: Sequence[str]) -> Iterator[Requirement]:
    for each in requirements:
        if each.kind in _IN_WORDS and each.span and 1 <= each.span.start <= len(lines):
            column = _column(each.text, lines[each.span.start - 1])
            yield attrs.evolve(each, data={**each.data, "place": [each.span.start, column]})
        else:
            yield each


def _column(text: str, line: str) -> int:
    """Find the first words of a requirement in its line; else the line's first letter."""
    first = text.split()[:_TELLING_START]
    at = line.find(" ".join(first))
    at = at if at >= 0 or not first else line.find(first[0])
    letter = _LETTER.search(line)
    return (at if at >= 0 else letter.start() if letter else 0) + 1
