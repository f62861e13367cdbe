"""Glances: queries answered without starting a kernel; see `mosaic_hookspecs.glance`.

Owns when that is certain to give the kernel's answer: the built-in configuration and nothing else, and
no plugin but Mosaic's own. Imports little, since that is the point of it.
"""

from __future__ import annotations

import functools
import importlib
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeVar

from mosaic_hookspecs.glance import Glance, Uncertain

from .command_index import OWN_DISTRIBUTION
from .config_files import ENVIRONMENT_PREFIX, LIVE_FILE, STATE_DIRECTORY, find_project_file, user_file
from .index_cache import cache_file, read_cache

Result = TypeVar("Result")
_CHECK_PREFIX = "check:"
_ANY = "*"  # as selection.ANY, whose module loads much


class _Asked:
    """Dispatches queries as a kernel does, to the plugins' glances."""

    def __init__(self, glance: Glance, targets: Mapping[str, str]) -> None:
        self._glance = glance
        self._answer = functools.cache(_load)
        self._targets = targets

    async def dispatch(self, operation: str, data: Mapping[str, Any] | None = None) -> Any:
        """Return what the operation answers. Raises what it raises, or `Uncertain`."""
        if operation not in self._targets:
            raise Uncertain
        return await self._answer(self._targets[operation])(self._glance, dict(data or {}))


def at_a_glance(directory: Path, body: Callable[[Any], Awaitable[Result]]) -> Result:
    """Await `body` with something that dispatches queries as a kernel in `directory` would, and return
    what it returned. `body` must not do anything before it has read all that it needs.

    Raises:
        Uncertain: a kernel must be asked instead.
    """
    rows = _plain_plugins(directory)
    targets = {name: target for row in rows for name, target in row["manifest"].get("glances", {}).items()}
    if "storage" not in targets:
        raise Uncertain
    state_directory = directory / STATE_DIRECTORY
    store = _load(targets["storage"])(state_directory)
    if store is None:
        raise Uncertain
    try:
        offers = functools.cache(functools.partial(_offers, rows))
        glance = Glance(storage=store, state_directory=state_directory, offers=offers)
        result: Result = _run(body(_Asked(glance, targets)))
        return result
    finally:
        store.close()


def _plain_plugins(directory: Path) -> Sequence[Mapping[str, Any]]:
    """Return the plugins that run here, if none is a third party's and nothing is configured."""
    personal = user_file(os.environ)
    if (
        any(name.startswith(ENVIRONMENT_PREFIX) for name in os.environ)
        or (personal is not None and personal.exists())
        or find_project_file(directory) is not None
        or (directory / STATE_DIRECTORY / LIVE_FILE).exists()
    ):
        raise Uncertain
    rows = read_cache(cache_file())
    if rows is None or any(row["problem"] or row["distribution"] != OWN_DISTRIBUTION for row in rows):
        raise Uncertain
    return [row for row in rows if all(map(_is_installed, row["manifest"].get("imports", ())))]


def _is_installed(module: str) -> bool:
    return find_spec(module.partition(".")[0]) is not None


def _offers(rows: Sequence[Mapping[str, Any]]) -> Sequence[Any]:
    found: list[Any] = []
    for row in rows:
        manifest = row["manifest"]
        target = manifest.get("glances", {}).get("agents")
        if target:
            found += _load(target)()
        elif any(item["port"] == "agents" and _is_here(item) for item in manifest.get("provides", ())):
            raise Uncertain
    return found


def _is_here(provided: Mapping[str, Any]) -> bool:
    """Whether that is an agent although nothing is configured."""
    name = provided.get("name", "")
    return not (name == _ANY or name.startswith(_CHECK_PREFIX))


def _load(target: str) -> Any:
    module, _, attribute = target.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _run(answer: Any) -> Any:
    # Nothing in a glance waits, so the first step is the last: no event loop is needed.
    try:
        answer.send(None)
    except StopIteration as end:
        return end.value
    answer.close()
    raise Uncertain
