"""Imports a plugin's package from its source alone.

Compiled files are told apart by second and size, so a file that was saved twice in a second would run as it
was; and a child is started because the code has changed. Everything else is imported as always.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType
from typing import Any


class _SourceLoader(SourceFileLoader):
    def path_stats(self, path: str) -> Any:
        raise OSError(path)  # what cannot be dated is neither read from a compiled file nor written to one


class _Finder(MetaPathFinder):
    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] != self._package:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and type(spec.loader) is SourceFileLoader:
            spec.loader = _SourceLoader(spec.loader.name, spec.loader.path)
        return spec


def import_fresh(package: str) -> None:
    """Have a top-level package, which is not imported yet, imported from its source."""
    sys.meta_path.insert(0, _Finder(package))
