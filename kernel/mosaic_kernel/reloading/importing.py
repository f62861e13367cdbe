"""Imports editions from their snapshots.

Owns the finder on `sys.meta_path`, which is put there with the first reload. Byte code files are neither read
nor written: their stamps are too coarse for an edit within the same second.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib
import importlib.abc
import importlib.machinery
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import ModuleSpec
from importlib.readers import FileReader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from .editions import Edition, find_edition, live_edition, mark

_SUFFIX = ".py"
_PACKAGE = "__init__.py"


def snapshot(directory: Path) -> dict[str, bytes]:
    """Return every source file of a package as it is now, by its path relative to the package's directory.

    Raises:
        OSError: one cannot be read.
    """
    return {
        file.relative_to(directory).as_posix(): file.read_bytes()
        for file in sorted(directory.rglob("*" + _SUFFIX))
        if file.is_file()
    }


def import_target(edition: Edition, target: str) -> Any:
    """Import what an entry point's value names, in this edition; call it in a worker thread.

    Raises:
        Exception: whatever importing it raises.
    """
    if not any(isinstance(finder, _EditionFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _EditionFinder())
    module, _, attribute = target.partition(":")
    try:
        return _attribute(edition, module, attribute)
    except SystemExit as error:
        # No plugin may end the program by being imported.
        raise ImportError(f"it asked the whole program to end: SystemExit: {error.code}") from error
    finally:
        if edition.is_forgotten:
            # Nobody waited for it to the end.
            edition.forget_if_unused()


def _attribute(edition: Edition, module: str, attribute: str) -> Any:
    found: Any = importlib.import_module(edition.name + module.strip()[len(edition.package) :])
    for part in attribute.strip().split("."):
        found = getattr(found, part)
    return found


class _EditionFinder:
    """Finds the modules of editions, and leads canonical names to the live one."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        edition = find_edition(fullname)
        if edition is not None:
            return _spec(edition, fullname, path)
        edition = live_edition(fullname)
        if edition is not None and fullname not in sys.modules:
            return importlib.machinery.ModuleSpec(fullname, _AliasLoader(edition))
        return None


def _spec(edition: Edition, fullname: str, path: Sequence[str] | None) -> ModuleSpec | None:
    inner = "/".join(fullname.split(".")[1:])
    for relative, is_package in (
        (f"{inner}/{_PACKAGE}".lstrip("/"), True),
        (f"{inner}{_SUFFIX}", False),
    ):
        if relative in edition.sources:
            file = str(Path(edition.directory) / relative)
            spec = ModuleSpec(fullname, _SourceLoader(edition, relative), origin=file, is_package=is_package)
            spec.has_location = True
            if is_package and spec.submodule_search_locations is not None:
                spec.submodule_search_locations.append(str(Path(file).parent))
            return spec
    # Of a first edition that has been replaced, and of compiled modules, there is no snapshot.
    if path is None:
        return None
    return importlib.machinery.PathFinder.find_spec(fullname, path)


class _SourceLoader(importlib.abc.Loader):
    """Runs one file of a snapshot."""

    def __init__(self, edition: Edition, relative: str) -> None:
        self._edition = edition
        self._relative = relative

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return None

    def exec_module(self, module: ModuleType) -> None:
        edition = self._edition
        code = edition.codes.get(self._relative)
        if code is None:
            file = str(Path(edition.directory) / self._relative)
            code = compile(edition.sources[self._relative], file, "exec", dont_inherit=True)
            edition.codes[self._relative] = code
        # A plugin that imports itself by its full name means this edition of itself.
        vars(module)["__builtins__"] = {**vars(builtins), "__import__": _importer(edition)}
        exec(code, vars(module))  # noqa: S102 - this is what an import is
        if edition.is_live:
            name = module.__name__
            # It may have put something else in its place.
            sys.modules[edition.canonical(name)] = sys.modules.get(name, module)
            mark(module, name, edition.canonical(name))

    def get_source(self, fullname: str) -> str:
        """Return the text, for tracebacks."""
        return self._edition.sources[self._relative].decode("utf-8", "replace")

    def get_resource_reader(self, fullname: str) -> FileReader | None:
        """Return what reads the files of a package, as `importlib.resources` asks."""
        if not self._relative.endswith(_PACKAGE):
            return None
        place: Any = _Place(str(Path(self._edition.directory) / self._relative))
        return FileReader(place)

    def get_code(self, fullname: str) -> CodeType | None:
        """Return what it was compiled to."""
        return self._edition.codes.get(self._relative)


class _Place:
    """Where a package is, in the words of `FileReader`."""

    def __init__(self, path: str) -> None:
        self.path = path


class _AliasLoader(importlib.abc.Loader):
    """Loads a module of the live edition under its canonical name: the very same module."""

    def __init__(self, edition: Edition) -> None:
        self._edition = edition
        self._spec: ModuleSpec | None = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self._edition.name + spec.name[len(self._edition.package) :])
        self._spec = getattr(module, "__spec__", None)
        return module

    def exec_module(self, module: ModuleType) -> None:
        with contextlib.suppress(AttributeError):
            module.__spec__ = self._spec


def _importer(edition: Edition) -> Any:
    package, fresh = edition.package, edition.name

    def import_(
        name: str,
        globals: Mapping[str, object] | None = None,  # noqa: A002 - the names are those of __import__
        locals: Mapping[str, object] | None = None,  # noqa: A002 - as above
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        if level == 0 and (name == package or name.startswith(package + ".")):
            name = fresh + name[len(package) :]
        return builtins.__import__(name, globals, locals, fromlist or (), level)

    return import_
