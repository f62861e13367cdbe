"""Identifiers of the Ultrathink Planning Protocol (UPP).

Owns the grammar: a level's prefix, then one group of three digits and further groups of two; a
parent's identifier is the child's less its last group. Refuses anything else with an `InputError`.
"""

from __future__ import annotations

import enum
import re

from mosaic_hookspecs.errors import InputError


class Level(enum.Enum):
    """The six levels, from the whole down to at most 30 minutes of work; the value is the prefix."""

    EPIC = "E"
    FEATURE = "F"
    STORY = "S"
    TASK = "T"
    SUBTASK = "ST"
    ATOMIC = "A"

    @property
    def depth(self) -> int:
        """Groups of digits in an identifier of this level, 1 to 6."""
        return _LEVELS.index(self) + 1

    @property
    def child(self) -> Level | None:
        """The level below; None for an atomic task."""
        return _LEVELS[self.depth] if self.depth < len(_LEVELS) else None


_FIRST_MAX, _REST_MAX = 999, 99
_LEVELS = tuple(Level)
_PATTERN = re.compile(r"(E|F|S|T|ST|A)\.([0-9]{3}(?:\.[0-9]{2})*)")


def level_of(node_id: str) -> Level:
    """Return the level that `node_id` states.

    Raises:
        InputError: `node_id` does not follow the grammar (code ``bad-identifier``).
    """
    match = _PATTERN.fullmatch(node_id)
    if match is None or Level(match[1]).depth != match[2].count(".") + 1:
        raise InputError(
            "bad-identifier",
            "not a UPP identifier",
            expected="a level's prefix and its groups, such as T.001.01.01.01",
            got=repr(node_id[:80]),
        )
    return Level(match[1])


def groups_of(node_id: str) -> tuple[int, ...]:
    """Return the groups as numbers: ``S.001.02.03`` is ``(1, 2, 3)``. Raises as `level_of` does."""
    level_of(node_id)
    return tuple(int(group) for group in node_id.split(".")[1:])


def make_identifier(groups: tuple[int, ...]) -> str:
    """Build the identifier whose level follows from how many groups there are (1 to 6)."""
    if not 1 <= len(groups) <= len(_LEVELS) or groups[0] > _FIRST_MAX or max(groups[1:], default=0) > _REST_MAX:
        raise InputError("bad-identifier", "no UPP identifier has these groups", got=repr(groups)[:80])
    rest = "".join(f".{group:02d}" for group in groups[1:])
    return f"{_LEVELS[len(groups) - 1].value}.{groups[0]:03d}{rest}"


def parent_of(node_id: str) -> str | None:
    """Return the parent's identifier; None for an epic. Raises as `level_of` does."""
    groups = groups_of(node_id)
    return make_identifier(groups[:-1]) if len(groups) > 1 else None
