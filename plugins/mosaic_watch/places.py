"""Where the code of plugins is, found without importing any of it."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .noise import is_noise


def place_of(view: Any) -> Path | None:
    """Return the package directory of a plugin, as ``plugins.list`` shows it; None for one that a program
    has given in process.
    """
    if view.directory:
        return Path(view.directory)
    top = view.target.partition(":")[0].partition(".")[0]
    if not top.isidentifier():
        return None
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError, AttributeError):
        return None
    locations = list(spec.submodule_search_locations or ()) if spec else []
    return Path(locations[0]) if locations else None


class Places:
    """Which plugins a file belongs to."""

    def __init__(self, views: Iterable[Any], only: Iterable[str] = ()) -> None:
        wanted = set(only)
        found = ((view.name, place_of(view)) for view in views if not wanted or view.name in wanted)
        self._places: Mapping[str, Path] = {name: place.resolve() for name, place in found if place}

    def directories(self) -> set[Path]:
        """Return the directories to watch, whether or not they are there."""
        return set(self._places.values())

    def owners(self, changed: Iterable[Path]) -> dict[str, set[Path]]:
        """Return the plugins whose code has changed, each with its files; what means nothing is left out."""
        found: dict[str, set[Path]] = {}
        for path in changed:
            for name, place in self._places.items():
                if place in path.parents and not is_noise(path, place):
                    found.setdefault(name, set()).add(path)
        return found
