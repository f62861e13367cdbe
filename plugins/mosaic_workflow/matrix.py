"""The combinations of a matrix, by GitHub's rules for include and exclude."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

from mosaic_hookspecs.data import canonical_json

Combination = Mapping[str, Any]


def combinations_of(matrix: Mapping[str, Any]) -> Sequence[Combination]:
    """Return the combinations in order: the product, less `exclude`, with `include`.

    An included object is added to every combination in which it overwrites none of the matrix's own
    values; if there is none, it is a combination by itself.
    """
    axes = {key: values for key, values in matrix.items() if key not in ("include", "exclude")}
    originals: list[dict[str, Any]] = []
    if axes:
        originals = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    excluded: Sequence[Combination] = matrix.get("exclude") or ()
    originals = [item for item in originals if not any(_covers(pattern, item) for pattern in excluded)]
    combined = [dict(item) for item in originals]
    alone: list[dict[str, Any]] = []
    for extra in matrix.get("include") or ():
        fitting = [
            index
            for index, original in enumerate(originals)
            if all(_same(original[key], value) for key, value in extra.items() if key in original)
        ]
        for index in fitting:
            combined[index].update(extra)
        if not fitting:
            alone.append(dict(extra))
    return [*combined, *alone]


def size_of(matrix: Mapping[str, Any]) -> int:
    """Return how many combinations there are at most, without making them."""
    size = 1
    for key, values in matrix.items():
        if key not in ("include", "exclude"):
            size *= len(values)
    return size + len(matrix.get("include") or ())


def _covers(pattern: Combination, item: Combination) -> bool:
    return bool(pattern) and all(key in item and _matches(value, item[key]) for key, value in pattern.items())


def _matches(pattern: Any, value: Any) -> bool:
    if isinstance(pattern, Mapping) and isinstance(value, Mapping):
        return all(key in value and _matches(part, value[key]) for key, part in pattern.items())
    return _same(pattern, value)


def _same(left: Any, right: Any) -> bool:
    return canonical_json(left) == canonical_json(right)
