"""How likely two tasks change the same: from the traces of each, explained. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import attrs

from .globs import overlap
from .traces import SUBJECT, Trace

_COMMON_SHARE, _COMMON_TASKS, _DAMPED = 0.3, 4, 0.2
_CERTAIN = 0.8
"""A trace as strong as this is one of its own task, however many others have it."""


@attrs.frozen(kw_only=True)
class Shared:
    """A path that two tasks are likely to change, how likely, and how one knows of each."""

    path: str
    score: float
    first_why: str
    second_why: str


@attrs.frozen(kw_only=True)
class Pair:
    """Two tasks, how likely they change the same, and where."""

    first: str
    second: str
    score: float
    shared: Sequence[Shared]


def pairs_of(
    traces: Mapping[str, Mapping[str, Trace]], side_by_side: Iterable[tuple[str, str]], least: float
) -> Sequence[Pair]:
    """Return the pairs that score `least` or more, the likeliest first."""
    damped = _damped(traces)
    found = []
    for first, second in side_by_side:
        shared = _shared(damped[first], damped[second])
        missing = 1.0
        for one in shared:
            missing *= 1.0 - one.score
        score = round(1.0 - missing, 3)
        if shared and score >= least:
            found.append(Pair(first=first, second=second, score=score, shared=shared))
    return sorted(found, key=lambda pair: (-pair.score, pair.first, pair.second))


def _damped(traces: Mapping[str, Mapping[str, Trace]]) -> Mapping[str, Mapping[str, Trace]]:
    """Make weaker what so many tasks name that it says nothing of any, such as the tests' configuration."""
    counts = Counter(path for found in traces.values() for path in found)
    most = max(_COMMON_TASKS, _COMMON_SHARE * len(traces))
    return {
        task: {
            path: attrs.evolve(trace, weight=trace.weight * _DAMPED)
            if counts[path] > most and trace.weight < _CERTAIN and not path.startswith(SUBJECT)
            else trace
            for path, trace in found.items()
        }
        for task, found in traces.items()
    }


def _shared(first: Mapping[str, Trace], second: Mapping[str, Trace]) -> Sequence[Shared]:
    found: dict[str, Shared] = {}
    for path, one in first.items():
        for other_path, other in _touching(path, second):
            score = round(one.weight * other.weight, 3)
            name = path if path == other_path else f"{path} and {other_path}"
            if name not in found or found[name].score < score:
                found[name] = Shared(
                    path=name.removeprefix(SUBJECT), score=score, first_why=one.why, second_why=other.why
                )
    return sorted(found.values(), key=lambda shared: (-shared.score, shared.path))


def _touching(path: str, others: Mapping[str, Trace]) -> Iterable[tuple[str, Trace]]:
    if path in others:
        return ((path, others[path]),)
    if path.startswith(SUBJECT):
        return ()
    return [
        (other, trace)
        for other, trace in others.items()
        if not other.startswith(SUBJECT) and overlap(path, other)
    ]
