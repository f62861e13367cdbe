"""Editions: the loadings of one package's code that are alive in this process.

Each edition but the first is imported under a fresh name (``mosaic_greeter@2.plugin``), from a snapshot of
its sources, so that calls in flight on an old one stay wholly on old code. The newest that serves is the
live one: the canonical names in `sys.modules` lead to it, and its classes carry them. An edition that no
generation uses any more is taken out of `sys.modules`, and dies.

``sys.modules`` is the process's, and so is the table here; everything else belongs to a kernel.
"""

from __future__ import annotations

import contextlib
import itertools
import linecache
import sys
import weakref
from collections.abc import Iterator, Mapping
from types import CodeType, ModuleType
from typing import Any

from ..discovery import Listing

_MARK = "@"
_numbers = itertools.count(2)
_order = itertools.count()
_firsts: dict[str, Edition] = {}
_live: dict[str, Edition] = {}
_by_name: weakref.WeakValueDictionary[str, Edition] = weakref.WeakValueDictionary()


class Edition:
    """One loading of a package: `package` is its canonical name, `name` the one that it is imported under.

    `sources` maps paths, relative to the package's directory, to what the files held at one moment; the first
    edition has none, since it was imported as any package is. `codes` keeps what they were compiled to.
    """

    def __init__(self, package: str, name: str, directory: str, sources: Mapping[str, bytes]) -> None:
        self.package = package
        self.name = name
        self.directory = directory
        self.sources = sources
        self.codes: dict[str, CodeType] = {}
        self.number = next(_order)
        self.is_forgotten = False
        self._users: weakref.WeakSet[object] = weakref.WeakSet()

    def __repr__(self) -> str:
        return f"<edition {self.name}>"

    @property
    def is_live(self) -> bool:
        """Whether the canonical names lead to it."""
        return _live.get(self.package) is self

    def canonical(self, name: str) -> str:
        """Return the canonical name of a module of this edition."""
        return self.package + name[len(self.name) :]

    def modules(self) -> Iterator[tuple[str, Any]]:
        """Yield what was imported of it (a module may have put anything in its own place), by the names that
        it was imported under.
        """
        for name in _names(self.name):
            module = sys.modules.get(name)
            if module is not None:
                yield name, module

    @property
    def is_used(self) -> bool:
        """Whether a generation uses it, or may be made of it."""
        return bool(self._users)

    def enter(self, user: object) -> None:
        """Take note that a generation uses it, or may be made of it."""
        self.is_forgotten = False
        self._users.add(user)

    def leave(self, user: object) -> None:
        """Take note that a generation has ended; with the last one, the edition is taken away."""
        self._users.discard(user)
        self.forget_if_unused()

    def forget_if_unused(self) -> None:
        """Take it out of `sys.modules`, if no generation uses it. The first one stays, since anybody in
        this process may have imported it; when none but it is left, the canonical names lead to it again.
        """
        first = _firsts.get(self.package)
        if self._users or first is self:
            return
        self.is_forgotten = True
        if self.is_live:
            others = [one for one in _by_name.values() if one.package == self.package and one.is_used]
            newest = max(others, key=lambda one: one.number, default=first)
            if newest is None:
                del _live[self.package]
                _remove(self.package)
            elif newest is first:
                _remove(self.package)
                _rename(first, self.package)
                _live[self.package] = first
            else:
                newest.make_live()
                return
        _remove(self.name)

    def make_live(self) -> None:
        """Have the canonical names lead to this edition, and give the one before fresh names."""
        before = _live.get(self.package)
        if before is self:
            return
        if before is not None and before.name == before.package:
            _rename(before, f"{self.package}{_MARK}{next(_numbers)}")
        elif before is not None:
            _remove(self.package)
            for name, module in tuple(before.modules()):
                mark(module, before.canonical(name), name)
        _live[self.package] = self
        for name, module in tuple(self.modules()):
            sys.modules[self.canonical(name)] = module
            mark(module, name, self.canonical(name))
        if before is not None:
            before.forget_if_unused()


def package_of(listing: Listing) -> str:
    """Return the canonical name of a plugin's top-level package."""
    return listing.target.partition(":")[0].partition(".")[0].strip()


def is_loaded(package: str) -> bool:
    """Whether code of a package is in this process. While a thread makes another edition the live one, the
    canonical names are gone for a moment.
    """
    return package in _live or package in sys.modules


def first_edition(listing: Listing) -> Edition | None:
    """Return the edition of a plugin's package that canonical imports lead to; None for a plugin that was
    given in process, or that runs in a process of its own.
    """
    if listing.factory is not None or listing.directory is None or listing.manifest.process is not None:
        return None
    package = package_of(listing)
    live = _live.get(package)
    if live is None or live.directory != str(listing.directory):
        # Or the package has been installed somewhere else since.
        live = _firsts[package] = _live[package] = Edition(package, package, str(listing.directory), {})
    return live


def next_edition(package: str, directory: str, sources: Mapping[str, bytes]) -> Edition:
    """Return a new edition, of which nothing is imported yet."""
    edition = Edition(package, f"{package}{_MARK}{next(_numbers)}", directory, sources)
    live = _live.get(package)
    if live is not None:
        # What did not change need not be compiled again.
        edition.codes = {
            path: code
            for path, code in tuple(live.codes.items())
            if live.sources.get(path) == sources.get(path)
        }
    _by_name[edition.name] = edition
    return edition


def find_edition(name: str) -> Edition | None:
    """Return the edition that a module's fresh name belongs to."""
    top = name.partition(".")[0]
    return _by_name.get(top) if _MARK in top else None


def live_edition(name: str) -> Edition | None:
    """Return the live edition that a module's canonical name leads to, if that is not the first."""
    live = _live.get(name.partition(".")[0])
    return live if live is not None and live.name != live.package else None


def mark(module: Any, old: str, new: str) -> None:
    """Let what a module defines say that it is from the module `new`, classes in classes too."""
    waiting = [module]
    while waiting:
        for value in tuple(getattr(waiting.pop(), "__dict__", {}).values()):
            is_class = issubclass(type(value), type)
            # Of what a compiled module defines it cannot be changed; and a metaclass may refuse.
            with contextlib.suppress(Exception):
                if (is_class or type(value) is _Function) and value.__module__ == old:
                    value.__module__ = new
                    if is_class:
                        waiting.append(value)


_Function = type(lambda: None)


def _rename(first: Edition, name: str) -> None:
    """Give the first edition another name, under which its own imports find it."""
    old, first.name = first.name, name
    _by_name[name] = first
    for known in _names(old):
        module: Any = sys.modules.pop(known, None)
        fresh = name + known[len(old) :]
        sys.modules[fresh] = module
        if isinstance(module, ModuleType):
            module.__name__ = fresh
            module.__package__ = fresh if hasattr(module, "__path__") else fresh.rpartition(".")[0]
            if module.__spec__ is not None:
                module.__spec__.name = fresh
        mark(module, known, fresh)


def _names(top: str) -> list[str]:
    # Copied in one step, since threads import meanwhile.
    return [name for name in tuple(sys.modules) if name.partition(".")[0] == top]


def _remove(top: str) -> None:
    for name in _names(top):
        sys.modules.pop(name, None)
    # attrs and cattrs leave the text of the methods that they write, by the name of the module.
    for key in [key for key in tuple(linecache.cache) if f" {top}." in key]:
        linecache.cache.pop(key, None)
