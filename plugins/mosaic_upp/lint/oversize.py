"""Which oversized leaves can be split mechanically, and into how many parts.

Owns that one decision, which judging (is it fixable?) and repairing share. An atomic becomes several
atomics, a subtask without children gets atomics; above that, splitting is planning. Work that a
machine is told to do (`work` with a kind or a command) is never split, since it would be done twice.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from .outline import MAX_DEPTH, Outline

MAX_MINUTES = 30
MAX_CHILDREN = 7
PART = re.compile(r"\(part (\d{1,3}) of (\d{1,3})\)$")
"""What the title of a part of a split leaf ends with."""

_MACHINE = frozenset({"run", "argv"})
_WORDS = "general"
"""The kind of work that an agent at large reads as words: each part of it says which part it is."""
_CROWD = 50


def is_early_part(title: str) -> bool:
    """Whether a title is that of a part of a split leaf, and not of the last one."""
    match = PART.search(title)
    return match is not None and int(match[1]) < int(match[2])


def normal_title(title: str) -> str:
    """Return what makes two titles the same to people."""
    return " ".join(title.casefold().split())


def find_splits(outline: Outline) -> Mapping[int, int]:
    """Map each leaf that can be split to its number of parts; a parent never gets over 7 children."""
    splits: dict[int, int] = {}
    if any(len(children) > _CROWD for children in outline.children):
        return splits
    for children in outline.children:
        titles = Counter(normal_title(outline.plan.nodes[child].title) for child in children)
        room = MAX_CHILDREN - len(children)
        for child in children:
            parts = _parts(outline, child)
            if not parts:
                continue
            title = normal_title(outline.plan.nodes[child].title)
            if len(outline.keys[child] or ()) == MAX_DEPTH - 1:
                splits[child] = parts
            elif (
                parts - 1 <= room
                and titles[title] == 1
                and not any(other.startswith(f"{title} (part ") for other in titles)
                and all((outline.keys[other] or (0,))[-1] <= _CROWD for other in children)
            ):
                splits[child] = parts
                room -= parts - 1
    return splits


def _parts(outline: Outline, index: int) -> int:
    node, key = outline.plan.nodes[index], outline.keys[index]
    minutes = node.minutes or 0
    parts = -(-minutes // MAX_MINUTES)
    can = (
        key is not None
        and len(key) >= MAX_DEPTH - 1
        and outline.is_leaf(index)
        and 1 < parts <= MAX_CHILDREN
        and not _MACHINE & set(node.work)
        and node.work.get("kind", _WORDS) == _WORDS
        and not PART.search(node.title)
        and all(outline.resolve(reference) != index for reference in node.depends_on)
    )
    return parts if can else 0
