"""The target repository: what it is built with, and how its tests are run. Only looks, at a few files."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import attrs

_SIGNS = (
    ("pyproject.toml", "python"),
    ("setup.py", "python"),
    ("setup.cfg", "python"),
    ("tox.ini", "python"),
    ("package.json", "node"),
    ("go.mod", "go"),
    ("Cargo.toml", "rust"),
    ("pom.xml", "java"),
    ("build.gradle", "java"),
    ("Gemfile", "ruby"),
    ("composer.json", "php"),
    ("pubspec.yaml", "dart"),
)
_HARMLESS = frozenset((".gitignore", ".mosaic", "mosaic.yaml", "README.md", "LICENSE", "PRD.md"))
_WHERE_WORK_GOES = ("acceptance", "docs", "spec", "test", "tests")
_MAX_FILES = 10_000
_MAX_READ = 200_000


@attrs.frozen(kw_only=True)
class Target:
    """What stands in the target directory. `stack` is a name in `stacks.STACKS` ("": nothing is known);
    `is_occupied`: there are files that a new project must not overwrite. `files` are those where new work might
    put its own, so that it takes other names.
    """

    path: str = ""
    stack: str = ""
    suite: str = ""
    is_occupied: bool = False
    files: tuple[str, ...] = ()


def inspect(repository: str) -> Target:
    """Look at the target; one that does not exist, or cannot be read, is simply new."""
    if not repository:
        return Target()
    root = Path(repository)
    try:
        names = {entry.name for entry in root.iterdir()}
    except (OSError, ValueError):  # the latter: it is no name, such as one with a NUL in it
        return Target(path=repository)
    names.discard(".git")
    is_occupied = bool(names - _HARMLESS)
    stack = next((stack for name, stack in _SIGNS if name in names), "")
    return Target(
        path=repository,
        stack=stack,
        suite=_suite(root, names, stack),
        is_occupied=is_occupied,
        files=_files(root, names) if is_occupied else (),
    )


def _files(root: Path, names: set[str]) -> tuple[str, ...]:
    found = sorted(names)
    for folder in _WHERE_WORK_GOES:
        try:
            found += [
                f"{folder}/{entry.name}" for entry in itertools.islice((root / folder).iterdir(), _MAX_FILES)
            ]
        except OSError:
            continue
    return tuple(found)


def _suite(root: Path, names: set[str], stack: str) -> str:
    if "Makefile" in names and _has_target(root / "Makefile", "test"):
        return "make test"
    if stack == "node":
        return "npm test" if _has_script(root / "package.json", "test") else "node --test"
    if stack == "java" and "pom.xml" not in names:
        return "./gradlew test" if "gradlew" in names else "gradle test"
    if stack == "python" and "pyproject.toml" not in names and "tox.ini" in names and "tests" not in names:
        return "tox"
    return ""


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return file.read(_MAX_READ).decode("utf-8", "replace")
    except OSError:
        return ""


def _has_target(path: Path, name: str) -> bool:
    return any(line.startswith(f"{name}:") for line in _text(path).splitlines())


def _has_script(path: Path, name: str) -> bool:
    try:
        data = json.loads(_text(path))
    except ValueError:
        return False
    scripts = data.get("scripts") if isinstance(data, dict) else None
    return isinstance(scripts, dict) and name in scripts
