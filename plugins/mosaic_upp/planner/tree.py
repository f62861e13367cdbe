"""From an outline to the six-level UPP tree in which a node has two to seven children.

Owns the fitting: small neighbours are joined, large sections split, so that every leaf is atomic. Only
where there are too few leaves for that does a node keep a single child, and then as high as possible.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import attrs

from mosaic_hookspecs.errors import InputError
from mosaic_hookspecs.identifiers import make_identifier
from mosaic_hookspecs.plan import PlanNode

from .outline import Outline, Section, WorkItem

LEVELS = 5  # below the epic
MOST = 7
_MOST_WEIGHED = MOST * MOST  # more neighbours are bundled before they are weighed, which is quadratic
_TITLE = 96
_Part = Section | WorkItem


def grow(outline: Outline) -> Sequence[PlanNode]:
    """Give the outline's items their places and identifiers, parents before children.

    Raises:
        InputError: there are more items than one epic holds.
    """
    root = Section(title=outline.title, parts=outline.sections)
    if size(root) > MOST**LEVELS:
        raise InputError(
            "plan-too-large",
            "the plan has more atomic tasks than one epic holds",
            expected=f"at most {MOST**LEVELS}",
            got=str(size(root)),
            hint="Split the document into one a product.",
        )
    fitted = _fit(root, LEVELS)
    identifiers: dict[str, str] = {}
    _number(fitted, (1,), identifiers)
    nodes: list[PlanNode] = []
    _emit(fitted, (1,), identifiers, nodes)
    return nodes


def size(part: _Part) -> int:
    """Count the items of a part."""
    return 1 if isinstance(part, WorkItem) else sum(size(each) for each in part.parts)


def _fit(section: Section, depth: int) -> Section:
    units = _opened(section)
    if depth == 1:
        return Section(title=section.title, parts=tuple(section.items()))
    total, least, most = size(section), 2 ** (depth - 1), MOST ** (depth - 1)
    if total < 2 * least:
        only = Section(title=_single_title(section, units), parts=units)
        return Section(title=section.title, parts=(_fit(only, depth - 1),))
    while True:
        groups = _grouped(units, least, most)
        if groups:
            break
        units = _exploded(units)
    parts = tuple(_fit(_joined(section.title, group), depth - 1) for group in groups)
    return Section(title=section.title, parts=parts)


def _opened(section: Section) -> Sequence[_Part]:
    """Return the parts, without sections around one part only."""
    parts = section.parts
    while len(parts) == 1 and isinstance(parts[0], Section):
        parts = parts[0].parts
    opened = []
    for part in parts:
        inner = part
        while isinstance(inner, Section) and len(inner.parts) == 1:
            inner = inner.parts[0]
        if size(inner):
            opened.append(inner)
    return opened


def _single_title(section: Section, units: Sequence[_Part]) -> str:
    if len(section.parts) == 1 and isinstance(section.parts[0], Section):
        return section.parts[0].title
    return _names(units)


def _exploded(units: Sequence[_Part]) -> Sequence[_Part]:
    """Open the largest section among the units."""
    largest = max((unit for unit in units if isinstance(unit, Section)), key=size)
    opened: list[_Part] = []
    for unit in units:
        opened.extend(_opened(largest) if unit is largest else (unit,))
    return opened


def _grouped(units: Sequence[_Part], least: int, most: int) -> list[list[_Part]] | None:
    """Join neighbours into two to seven groups of `least` to `most` items; None if the units are too big."""
    if all(isinstance(unit, WorkItem) for unit in units):
        return _even(units, least, most)
    bundle = -(-len(units) // _MOST_WEIGHED)
    groups = [list(units[start : start + bundle]) for start in range(0, len(units), bundle)]
    while len(groups) > 1 and (len(groups) > MOST or min(map(_weight, groups)) < least):
        if len(groups) > MOST and min(map(_weight, groups)) >= least:
            pairs = range(len(groups) - 1)
            at = min(pairs, key=lambda index: _weight(groups[index]) + _weight(groups[index + 1]))
        else:
            small = min(range(len(groups)), key=lambda index: _weight(groups[index]))
            sides = [index for index in (small - 1, small + 1) if 0 <= index < len(groups)]
            at = min(small, min(sides, key=lambda index: _weight(groups[index])))
        groups[at : at + 2] = [groups[at] + groups[at + 1]]
    good = len(groups) > 1 and all(least <= _weight(group) <= most for group in groups)
    return groups if good else None


def _even(units: Sequence[_Part], least: int, most: int) -> list[list[_Part]]:
    total = len(units)
    fewest = max(2, -(-total // most))
    count = min(max(fewest, min(5, total // max(least, 3))), MOST, max(total // least, 2))
    cuts = [round(total * index / count) for index in range(count + 1)]
    return [list(units[start:end]) for start, end in itertools.pairwise(cuts)]


def _weight(group: Sequence[_Part]) -> int:
    return sum(size(part) for part in group)


def _joined(title: str, group: Sequence[_Part]) -> Section:
    if len(group) == 1 and isinstance(group[0], Section):
        return group[0]
    if all(isinstance(part, WorkItem) for part in group):
        is_plain = len(title) < _TITLE // 2 and ":" not in title and not title.endswith(" more")
        return Section(
            title=_cut(f"{title}: {_names(group)}" if is_plain else _names(group)), parts=tuple(group)
        )
    return Section(title=_names(group), parts=tuple(group))


def _names(parts: Sequence[_Part]) -> str:
    names = [part.title if isinstance(part, Section) else part.brief or part.title for part in parts]
    names = list(dict.fromkeys(names))
    if len(names) == 1:
        return _cut(names[0])
    short = [_cut(name, 40) for name in names]
    if len(short) > 3:  # noqa: PLR2004 - a bound that is said once
        return _cut(f"{short[0]}, {short[1]} and {len(short) - 2} more")
    return _cut(f"{', '.join(short[:-1])} and {short[-1]}")


def _cut(title: str, most: int = _TITLE) -> str:
    if len(title) <= most:
        return title
    whole = title[:most].rsplit(" ", 1)[0]
    return (whole if len(whole) > most // 2 else title[: most - 1]).rstrip(" ,.;:…") + "…"


def _number(section: Section, groups: tuple[int, ...], identifiers: dict[str, str]) -> None:
    for number, part in enumerate(section.parts, start=1):
        if isinstance(part, Section):
            _number(part, (*groups, number), identifiers)
        else:
            identifiers[part.key] = make_identifier((*groups, number))


def _emit(
    section: Section, groups: tuple[int, ...], identifiers: dict[str, str], nodes: list[PlanNode]
) -> None:
    nodes.append(PlanNode(node_id=make_identifier(groups), title=_sentence(section.title)))
    seen: dict[str, int] = {}
    for number, part in enumerate(section.parts, start=1):
        name = " ".join(part.title.casefold().split())
        seen[name] = seen.get(name, 0) + 1
        again = f"{_cut(part.title)} ({seen[name]})"
        placed = attrs.evolve(part, title=again) if seen[name] > 1 else part
        if isinstance(placed, Section):
            _emit(placed, (*groups, number), identifiers, nodes)
        else:
            nodes.append(_leaf(placed, identifiers))


def _sentence(title: str) -> str:
    return title[:1].upper() + title[1:]


def _leaf(item: WorkItem, identifiers: dict[str, str]) -> PlanNode:
    return PlanNode(
        node_id=identifiers[item.key],
        title=_sentence(_cut(item.title, 200)),
        description=item.description,
        minutes=item.minutes,
        depends_on=tuple(sorted({identifiers[key] for key in item.after}, key=lambda name: name)),
        serves=tuple(dict.fromkeys(item.serves)),
        checks=tuple(item.checks),
        owns=tuple(item.owns),
        labels=tuple(item.labels),
        work=item.work,
        assumptions=tuple(item.assumptions),
    )
