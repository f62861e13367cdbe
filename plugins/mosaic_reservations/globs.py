"""Patterns of paths, and whether two of them can mean the same file. Pure.

``*``, ``?`` and ``[…]`` match inside one part of a path, ``**`` any number of parts. A pattern means what is
below it, too: ``src`` and ``src/api.py`` overlap. Refuses patterns that lead out of the workspace.
"""

from __future__ import annotations

from functools import lru_cache

import attrs

from mosaic_hookspecs.errors import InputError

_LONGEST = 300
_MOST_PARTS = 40
_MOST_WILD = 16
_WIDEST = 512
_DEEP = "**"


@attrs.frozen
class _One:
    """One character: one of `chars`, or any but these."""

    chars: frozenset[str]
    is_negated: bool = False

    def meets(self, other: _One) -> bool:
        if self.is_negated and other.is_negated:
            return True
        if self.is_negated:
            return bool(other.chars - self.chars)
        if other.is_negated:
            return bool(self.chars - other.chars)
        return bool(self.chars & other.chars)


_ANY = _One(frozenset(), is_negated=True)


def normalized(pattern: str) -> str:
    """Return a pattern relative to the root of the repository.

    Raises:
        InputError: it is empty, too long or too wild, absolute, or leads out of it (code ``bad-path``).
    """
    parts = [part for part in pattern.strip().split("/") if part not in ("", ".")]
    is_bad = pattern.startswith(("/", "~")) or ".." in parts or "\\" in pattern or not pattern.isprintable()
    is_too_wild = sum(sum(map(part.count, "*?[")) for part in parts if part != _DEEP) > _MOST_WILD
    if not parts or is_bad or is_too_wild or len(pattern) > _LONGEST or len(parts) > _MOST_PARTS:
        raise InputError(
            "bad-path",
            "this is no path of the repository",
            where="paths",
            expected="a path relative to the repository's root, such as src/api.py or tests/**",
            got=repr(pattern[:80]),
        )
    return "/".join(parts)


@lru_cache(maxsize=65536)
def overlap(first: str, second: str) -> bool:
    """Whether there can be a file that both patterns mean."""
    return first == second or _parts_meet(tuple(first.split("/")), tuple(second.split("/")))


def _parts_meet(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    reached = {(0, 0)}
    todo = [(0, 0)]
    while todo:
        i, j = todo.pop()
        if i == len(first) or j == len(second):
            return True  # the shorter one means all that is below it
        steps = []
        if first[i] == _DEEP:
            steps += [(i + 1, j), (i, j + 1)]
        if second[j] == _DEEP:
            steps += [(i, j + 1), (i + 1, j)]
        if _DEEP not in (first[i], second[j]) and _part_meets(first[i], second[j]):
            steps.append((i + 1, j + 1))
        for step in steps:
            if step not in reached:
                reached.add(step)
                todo.append(step)
    return False


def _part_meets(first: str, second: str) -> bool:
    if first == second:
        return True
    if not is_wild(first) and not is_wild(second):
        return False
    return _meet(_tokens(first), _tokens(second))


def _meet(one: tuple[_One | None, ...], two: tuple[_One | None, ...]) -> bool:
    """Walk both at once: `reached` has a bit for each place in `two` that goes with the place in `one`.
    So it is fast however long they are.
    """
    end = 1 << len(two)
    stars = sum(1 << place for place, token in enumerate(two) if token is None)
    meeting: dict[_One, int] = {}
    reached = 1 | (stars & 1) << 1
    for token in one:
        if token is None:
            reached = (2 * end - 1) & -(reached & -reached)  # from the first place on, all
        else:
            if token not in meeting:
                meeting[token] = sum(
                    1 << place for place, other in enumerate(two) if other is not None and token.meets(other)
                )
            reached = (reached & stars) | (reached & meeting[token]) << 1
        reached |= (reached & stars) << 1  # a star can mean nothing
    return bool(reached & end)


def is_wild(pattern: str) -> bool:
    """Whether a pattern, or a part of one, means more than one path and what is below it."""
    return "*" in pattern or "?" in pattern or "[" in pattern


@lru_cache(maxsize=4096)
def _tokens(part: str) -> tuple[_One | None, ...]:
    """Return what a part matches, character by character; None is a star."""
    tokens: list[_One | None] = []
    place = 0
    while place < len(part):
        sign = part[place]
        end = part.find("]", place + 2) if sign == "[" else -1
        if end > 0:
            tokens.append(_class(part[place + 1 : end]))
            place = end
        elif sign == "*":
            if not tokens or tokens[-1] is not None:
                tokens.append(None)
        else:
            tokens.append(_ANY if sign == "?" else _One(frozenset(sign)))
        place += 1
    return tuple(tokens)


def _class(text: str) -> _One:
    is_negated = text[0] in "!^" and len(text) > 1
    chars: set[str] = set()
    signs = text[1:] if is_negated else text
    place = 0
    while place < len(signs):
        if signs[place + 1 : place + 2] == "-" and place + 2 < len(signs):
            low, high = sorted((ord(signs[place]), ord(signs[place + 2])))
            if high - low > _WIDEST:
                return _ANY  # rather too much than too little
            chars.update(chr(code) for code in range(low, high + 1))
            place += 3
        else:
            chars.add(signs[place])
            place += 1
    return _One(frozenset(chars), is_negated=is_negated)
