"""What people write behind a task's title: ``[20 min]``, ``[x]``, ``(depends on: A, B)``.

Owns that grammar, for every Markdown format. Strips from the end, one annotation after another, in
linear time.
"""

from __future__ import annotations

import re

import attrs

_DURATION = re.compile(
    r"~?\s*(\d{1,6}(?:\.\d{1,3})?)\s*(minutes|minute|mins|min|m|hours|hour|hrs|hr|h)", re.IGNORECASE
)
_DEPENDS = re.compile(r"(?:depends on|depends|after|blocked by)\s*:\s*(.+)", re.IGNORECASE)
_PAIRS = {"]": "[", ")": "("}
_MINUTES_IN_HOUR = 60


@attrs.frozen(kw_only=True)
class Annotated:
    """A title, and what was written behind it. `minutes` and `done` are None where nothing was."""

    title: str
    minutes: int | None = None
    depends_on: tuple[str, ...] = ()
    done: bool | None = None


def parse_duration(text: str) -> int | None:
    """Read ``20 min``, ``1.5 h`` or ``1h 30m`` as minutes; None for anything else."""
    total, position = 0.0, 0
    text = text.strip()
    while position < len(text):
        match = _DURATION.match(text, position)
        if match is None:
            return None
        total += float(match[1]) * (_MINUTES_IN_HOUR if match[2][0] in "hH" else 1)
        position = match.end()
        while text[position : position + 1] in {" ", ","}:
            position += 1
    return int(total) if position and total == int(total) else None


def parse_depends(text: str) -> tuple[str, ...] | None:
    """Read ``depends on: A, B``; None for anything else."""
    match = _DEPENDS.fullmatch(text.strip())
    return None if match is None else split_references(match[1])


def split_references(text: str) -> tuple[str, ...]:
    """Split a list of references at commas and semicolons, without marks of code or emphasis."""
    parts = (part.strip(" `*_.") for part in re.split(r"[,;]", text))
    return tuple(part for part in parts if part and part.lower() not in {"none", "-", "–", "—", "n/a"})


def parse_annotations(text: str) -> Annotated:
    """Take the annotations off the end of a title."""
    minutes: int | None = None
    depends: tuple[str, ...] = ()
    done: bool | None = None
    rest = text.strip()
    while rest and rest[-1] in _PAIRS:
        start = rest.rfind(_PAIRS[rest[-1]])
        if start < 0:
            break
        inner = rest[start + 1 : -1]
        found = parse_depends(inner)
        if inner in {" ", "x", "X"} and rest[-1] == "]":
            done = inner != " "
        elif (duration := parse_duration(inner)) is not None:
            minutes = duration
        elif found is not None:
            depends = (*found, *depends)
        else:
            break
        rest = rest[:start].rstrip()
    position = max(rest.lower().rfind(f"{mark} depends on:") for mark in ("—", "–", "-", ";"))
    if position > 0 and (found := parse_depends(rest[position + 1 :])):
        return Annotated(
            title=rest[:position].rstrip(), minutes=minutes, depends_on=(*found, *depends), done=done
        )
    return Annotated(title=rest, minutes=minutes, depends_on=depends, done=done)
