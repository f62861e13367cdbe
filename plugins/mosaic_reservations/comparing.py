"""How likely two tasks change the same: from the traces of each, explained. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import attrs

from .globs import is_wild, overlap
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
    places = {task: _Places(found) for task, found in _damped(traces).items()}
    found = []
    for first, second in side_by_side:
        if not places[first].may_touch(places[second]):
            continue
        shared = _shared(places[first], places[second])
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


class _Places:
    """Where one task leaves traces, so that what touches a path is found without looking at all of them."""

    def __init__(self, traces: Mapping[str, Trace]) -> None:
        self.traces = traces
        self._below: dict[str, list[str]] = {}
        self._wild = [path for path in traces if not path.startswith(SUBJECT) and is_wild(path)]
        for path in traces:
            for above in _above(path):
                self._below.setdefault(above, []).append(path)

    def may_touch(self, other: _Places) -> bool:
        """Whether there can be a path that both touch."""
        return bool(
            self._wild
            or other._wild
            or not self.traces.keys().isdisjoint(other.traces)
            or not self.traces.keys().isdisjoint(other._below)
            or not self._below.keys().isdisjoint(other.traces)
        )

    def touching(self, path: str) -> Iterable[str]:
        """Return the paths here that can mean a file that `path` means: that very path alone, if it is here."""
        if path in self.traces:
            return (path,)
        if path.startswith(SUBJECT):
            return ()
        if is_wild(path):
            return [one for one in self.traces if not one.startswith(SUBJECT) and overlap(path, one)]
        found = [above for above in _above(path) if above in self.traces]
        found += self._below.get(path, ())
        return [*found, *(one for one in self._wild if overlap(path, one))]


def _above(path: str) -> Iterable[str]:
    """Yield the directories that a path is in, if it is a plain one."""
    if path.startswith(SUBJECT) or is_wild(path):
        return
    end = path.rfind("/")
    while end > 0:
        yield path[:end]
        end = path.rfind("/", 0, end)


def _shared(first: _Places, second: _Places) -> Sequence[Shared]:
    found: dict[str, Shared] = {}
    for path, one in first.traces.items():
        for other_path in second.touching(path):
            other = second.traces[other_path]
            score = round(one.weight * other.weight, 3)
            name = path if path == other_path else f"{path} and {other_path}"
            if name not in found or found[name].score < score:
                found[name] = Shared(
                    path=name.removeprefix(SUBJECT), score=score, first_why=one.why, second_why=other.why
                )
    return sorted(found.values(), key=lambda shared: (-shared.score, shared.path))
