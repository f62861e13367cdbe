"""Splits Markdown into prose lines and fenced blocks, keeping line numbers.

Lines end at line feeds alone, so that exotic separators inside a title do not move the numbers.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from mosaic_hookspecs import InputError, Location

from .limits import MAX_LINE, require_size

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[ \t]*(.*)")


@attrs.frozen(kw_only=True)
class Line:
    """One line: its 1-based `number` and its `text` without the line's end."""

    number: int
    text: str


@attrs.frozen(kw_only=True)
class Fence:
    """A fenced block: what stands behind the opening fence, and the lines inside."""

    info: str
    lines: Sequence[Line]


@attrs.frozen(kw_only=True)
class Markdown:
    """A document: the lines outside fences, and the fenced blocks, both in order."""

    prose: Sequence[Line]
    fences: Sequence[Fence]


def split_markdown(text: str, path: str) -> Markdown:
    """Split a document. Raises `InputError` for one that is too large, or has a line that is."""
    require_size(text, path)
    prose: list[Line] = []
    fences: list[Fence] = []
    opening, inside = "", list[Line]()
    for number, raw in enumerate(text.removeprefix("\ufeff").split("\n"), start=1):
        line = Line(number=number, text=raw.removesuffix("\r"))
        fence = _FENCE.fullmatch(line.text) if line.text.lstrip(" ")[:3] in {"```", "~~~"} else None
        if opening:
            if fence and not fence[2].strip() and fence[1].startswith(opening):
                opening = ""
            else:
                inside.append(line)
        elif fence:
            opening, inside = fence[1], []
            fences.append(Fence(info=fence[2].strip(), lines=inside))
        else:
            prose.append(line)
        if len(raw) > MAX_LINE and not (opening and fences[-1].info.startswith("json")):
            raise InputError(
                "plan-too-large",
                "the line is too long",
                where=Location(path=path, line=number),
                expected=f"at most {MAX_LINE:,} characters",
                got=f"{len(raw):,}",
            )
    return Markdown(prose=prose, fences=fences)
