"""What is checked: a project's directory, or a package that is installed. Reads files, imports nothing."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import attrs

from mosaic_hookspecs.errors import InputError, Location
from mosaic_hookspecs.manifest import ENTRY_POINT_GROUP

PROJECT_FILE = "pyproject.toml"


@attrs.frozen(kw_only=True)
class Module:
    """One parsed file: its dotted `name` in the package, and what is wrong with it if it cannot be parsed."""

    name: str
    path: str
    tree: ast.Module
    error: SyntaxError | None = None

    @property
    def is_package(self) -> bool:
        """Whether this is the ``__init__`` of a package."""
        return self.path.endswith("__init__.py")

    def at(self, node: ast.AST) -> Location:
        """Locate a node."""
        return Location(
            path=self.path, line=getattr(node, "lineno", 0), column=getattr(node, "col_offset", -1) + 1
        )


@attrs.frozen(kw_only=True)
class Subject:
    """What is checked. `targets` maps each plugin to its entry point's value, `package` is the top-level
    package's directory (None: it is not there), `project` the project's (None: it is installed).
    """

    shown: Path
    targets: Mapping[str, str]
    package: Path | None
    project: Path | None
    project_text: str = ""

    @property
    def package_name(self) -> str:
        """The name of the top-level package."""
        return top_of(next(iter(self.targets.values()), ""))

    def path(self, file: Path) -> str:
        """Return a file's path as people call it: relative to the project."""
        base = self.project or (self.package.parent if self.package else self.shown)
        inside = file.relative_to(base) if file.is_relative_to(base) else file
        return str(self.shown / inside) if self.project else str(file)

    def entry_point_at(self, name: str) -> Location:
        """Locate an entry point in the project's file; the file itself if it is not found there."""
        path = self.path(self.project / PROJECT_FILE) if self.project else f"the entry point {name}"
        for number, line in enumerate(self.project_text.splitlines(), start=1):
            if re.match(rf"\s*[\"']?{re.escape(name)}[\"']?\s*=", line):
                return Location(path=path, line=number, column=len(line) - len(line.lstrip()) + 1)
        return Location(path=path)

    def modules(self) -> Iterator[Module]:
        """Parse every module of the package; folders that are no package hold data, and are left out."""
        if self.package is not None:
            yield from self._modules(self.package, self.package_name)

    def _modules(self, folder: Path, name: str) -> Iterator[Module]:
        for file in sorted(folder.glob("*.py")):
            inner = name if file.stem == "__init__" else f"{name}.{file.stem}"
            yield _parse(file, self.path(file), inner)
        for inside in sorted(path for path in folder.iterdir() if (path / "__init__.py").is_file()):
            yield from self._modules(inside, f"{name}.{inside.name}")


def top_of(target: str) -> str:
    """Return the top-level package of an entry point's value."""
    return target.partition(":")[0].partition(".")[0].strip()


def find_subject(path: str, base: Path) -> Subject:
    """Find what a person means by a path or a name.

    Raises:
        InputError: there is neither a project nor an installed plugin of that name (code
            ``no-plugin-project``), or its file cannot be read (``bad-project``).
    """
    directory = base / path
    if (directory / PROJECT_FILE).is_file():
        return _project(directory, Path(path))
    points = {
        point.name: point.value
        for point in entry_points(group=ENTRY_POINT_GROUP)
        if path in {point.name, top_of(point.value), point.dist.name if point.dist else ""}
        or (directory.is_dir() and _folder_of(point.value) == directory.resolve())
    }
    if points:
        return _installed(points)
    raise InputError(
        "no-plugin-project",
        "there is no plugin project here, and no plugin of that name is installed",
        where=Location(path=path),
        expected=f"a directory with a {PROJECT_FILE}, or an installed plugin, package or distribution",
        hint="`mosaic plugins list` shows what is installed; `mosaic plugins new` makes a project.",
    )


def _project(directory: Path, shown: Path) -> Subject:
    file = directory / PROJECT_FILE
    try:
        text = file.read_text(encoding="utf-8")
        data: dict[str, Any] = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            "bad-project",
            "the project's file cannot be read",
            where=Location(path=str(shown / PROJECT_FILE)),
            got=str(error),
        ) from None
    found = data.get("project", {}).get("entry-points", {}).get(ENTRY_POINT_GROUP, {})
    targets = {name: value for name, value in found.items() if isinstance(value, str)}
    top = top_of(next(iter(targets.values()), ""))
    places = [directory / "src" / top, directory / top] if top else []
    package = next((place for place in places if place.is_dir()), None)
    return Subject(shown=shown, targets=targets, package=package, project=directory, project_text=text)


def _installed(points: Mapping[str, str]) -> Subject:
    package = _folder_of(next(iter(points.values())))
    top = top_of(next(iter(points.values())))
    own = {name: value for name, value in points.items() if top_of(value) == top}
    return Subject(shown=package or Path(top), targets=own, package=package, project=None)


def _folder_of(target: str) -> Path | None:
    try:
        spec = find_spec(top_of(target))
    except (ImportError, ValueError, AttributeError):
        return None
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]).resolve() if places else None


def _parse(file: Path, path: str, name: str) -> Module:
    try:
        return Module(name=name, path=path, tree=ast.parse(file.read_bytes(), filename=path))
    except (SyntaxError, ValueError) as error:
        wrong = error if isinstance(error, SyntaxError) else SyntaxError(str(error))
        return Module(name=name, path=path, tree=ast.Module(body=[], type_ignores=[]), error=wrong)
