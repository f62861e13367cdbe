"""Traces: signs of the files that a task will change, each with how sure it is and why. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import attrs

from mosaic_hookspecs.errors import InputError
from mosaic_hookspecs.tasks import TaskSpec

from .globs import normalized

HELD, CHANGED, OWNED, SAID, CHECKED, SAME_SUBJECT = 1.0, 0.9, 0.8, 0.6, 0.5, 0.6
SUBJECT = "subject:"
_DIRECTORY_SHARE = 0.6
_OWNING_KEYS = frozenset(
    {
        "contract",
        "contracts",
        "creates",
        "edits",
        "file",
        "files",
        "module",
        "modules",
        "outputs",
        "owns",
        "paths",
    }
)
_SUBJECT_KEYS = ("entity", "table", "component", "resource")
_SKIPPED_KEYS = frozenset({"blueprint", "environment"})
_EXTENSIONS = (
    "c|cc|cfg|cpp|cs|css|csv|dart|env|ex|exs|go|gql|gradle|graphql|h|hpp|html|ini|ipynb|java|js|json|jsx|kt|lock|lua|"
    "md|mjs|php|proto|ps1|py|pyi|rb|rs|rst|sass|scala|scss|sh|sql|svelte|svg|swift|tf|toml|ts|tsx|txt|vue|xml|yaml|yml"
)
_PATH = re.compile(
    r"(?<![\w/.:@{~-])"
    r"(?:(?:[\w.*-]+/)+(?:[\w.*-]*[\w*])?"  # directories, and a file or not
    rf"|[\w*-][\w.*-]*\.(?:{_EXTENSIONS}))"
    r"(?![\w/{-])"
)
_MOST_TEXT = 20_000
_DEEPEST = 6
_MOST_PATHS = 60


@attrs.frozen
class Trace:
    """A path or pattern that a task is likely to change: how likely (0 to 1), and how one knows."""

    path: str
    weight: float
    why: str


def traces_of(spec: TaskSpec) -> Iterator[Trace]:
    """Yield the traces in what a task asks for."""
    yield from _said(spec.title, "its title")
    yield from _in_work(spec.work, "its work", 0)
    for check in spec.checks:
        for text in (check.name, *_texts(check.parameters)):
            yield from (
                Trace(path, CHECKED * share, f"its check {check.name!r}") for path, share in paths_in(text)
            )
    kind = spec.work.get("kind", "")
    for key in _SUBJECT_KEYS:
        value = spec.work.get(key)
        if isinstance(value, str) and value:
            name = f"{kind} " if isinstance(kind, str) and kind else ""
            yield Trace(
                f"{SUBJECT}{name}{key} {value}", SAME_SUBJECT**0.5, f"it is about {name}of the {key} {value}"
            )


def strongest(traces: Iterable[Trace]) -> Mapping[str, Trace]:
    """Return the strongest trace of each path, of so many paths as say something."""
    found: dict[str, Trace] = {}
    for trace in traces:
        if trace.path not in found or found[trace.path].weight < trace.weight:
            found[trace.path] = trace
    if len(found) <= _MOST_PATHS:
        return found
    kept = sorted(found.values(), key=lambda trace: -trace.weight)[:_MOST_PATHS]
    return {trace.path: trace for trace in kept}


def paths_in(text: str) -> Iterator[tuple[str, float]]:
    """Yield the paths that a text names, with how much less sure a directory is than a file."""
    for match in _PATH.finditer(text[:_MOST_TEXT]):
        word = match[0].rstrip(".")
        name = word.rsplit("/", 1)[-1]
        is_directory = "." not in name and "*" not in name
        if is_directory and not word.endswith("/"):
            continue  # such as "and/or"
        try:
            yield normalized(word), _DIRECTORY_SHARE if is_directory else 1.0
        except InputError:
            continue


def _in_work(value: Any, why: str, depth: int, *, is_owned: bool = False) -> Iterator[Trace]:
    if isinstance(value, str):
        if is_owned:
            yield from (Trace(path, OWNED * share, why) for path, share in paths_in(value))
        else:
            yield from _said(value, why)
    elif isinstance(value, Mapping) and depth < _DEEPEST:
        for key, inner in value.items():
            if key not in _SKIPPED_KEYS:
                yield from _in_work(
                    inner, f"its work ({key})", depth + 1, is_owned=is_owned or key in _OWNING_KEYS
                )
    elif isinstance(value, (list, tuple)) and depth < _DEEPEST:
        for inner in value:
            yield from _in_work(inner, why, depth + 1, is_owned=is_owned)


def _said(text: str, why: str) -> Iterator[Trace]:
    return (Trace(path, SAID * share, why) for path, share in paths_in(text))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)
