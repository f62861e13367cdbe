"""Discovery: which plugins are installed, known without importing any of them.

Owns the index of the entry points in the group ``mosaic.plugins``: read with importlib.metadata, kept as
long as the modification times of ``sys.path`` stay as they are, and remembered in a small file. Loading
goes through stevedore (`load_class`), whose own caches miss what is installed while it runs.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from mosaic_hookspecs.errors import InputError
from mosaic_hookspecs.manifest import ENTRY_POINT_GROUP, MANIFEST_FILE, Manifest

from .index_cache import cache_file, read_cache, stamp, write_cache
from .manifests import decode_manifest, missing_imports, package_directory, read_manifest_data

OWN_DISTRIBUTION = "mosaic-stack"


@attrs.frozen(kw_only=True)
class Listing:
    """One installed plugin, as found without importing it.

    `problem` says why it cannot be used ("" if it can), `hint` what cures that. `factory` is the class
    or instance of a plugin that was given in process.
    """

    name: str
    target: str = ""
    distribution: str = ""
    version: str = ""
    is_third_party: bool = True
    manifest: Manifest = attrs.field(factory=Manifest)
    directory: Path | None = None
    problem: str = ""
    hint: str = ""
    factory: Any = None


class PluginIndex:
    """Answers which plugins are installed; looks again when ``sys.path`` has changed."""

    def __init__(self, file: str | None = None) -> None:
        self._file = cache_file() if file is None else file
        self._key: list[list[Any]] = []
        self._listings: dict[str, Listing] = {}

    def listings(self) -> Mapping[str, Listing]:
        """Return every installed plugin by name, in order of name."""
        key = stamp(sys.path)
        if key != self._key or not self._listings:
            rows = read_cache(self._file) if self._file else None
            if rows is None:
                rows = scan(self._file)
            self._listings = {row["name"]: _listing(row) for row in rows}
            self._key = key
        return self._listings


def take_in_new_paths() -> list[str]:
    """Put onto ``sys.path`` the directories that path files of the site directories name by now, as a new
    interpreter would: so editable installs put them there. Lines that are code are not run. Return what was
    added.
    """
    added: list[str] = []
    for entry in tuple(sys.path):
        site = Path(entry)
        if not site.is_dir():
            continue
        for file in sorted(site.glob("*.pth")):
            for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
                path = str((site / line.strip()).resolve())
                if not line.strip() or line.startswith(("#", "import ", "import\t")) or path in sys.path:
                    continue
                if Path(path).is_dir():
                    sys.path.append(path)
                    added.append(path)
    return added


def scan(file: str = "") -> list[dict[str, Any]]:
    """Read all entry points and manifests anew, and remember them in `file` (unless "")."""
    from importlib.metadata import entry_points

    rows: dict[str, dict[str, Any]] = {}
    depends_on: list[str] = []
    points = tuple(entry_points(group=ENTRY_POINT_GROUP))
    owners = _owners(points)
    found = sorted(
        ((point.name, *owners[id(point.dist)], point) for point in points),
        key=lambda one: (one[0], one[1] != OWN_DISTRIBUTION, one[1]),
    )
    for _, distribution, version, point in found:
        row: dict[str, Any] = {
            "name": point.name,
            "target": point.value,
            "distribution": distribution,
            "version": version,
            "manifest": {},
            "directory": "",
            "problem": "",
            "hint": "",
        }
        if point.name in rows:
            first = rows[point.name]["distribution"]
            row["name"] = f"{point.name}@{distribution}"
            row["problem"] = f"the name {point.name!r} is taken by {first}"
            row["hint"] = f"Uninstall {first} or {distribution}."
        else:
            _describe(row, depends_on)
        rows[row["name"]] = row
    result = [rows[name] for name in sorted(rows)]
    if file:
        write_cache(file, result, depends_on)
    return result


def _owners(points: Sequence[Any]) -> dict[int, tuple[str, str]]:
    """Return the name and version of every distribution, read once each: they stand in a long file."""
    owners: dict[int, tuple[str, str]] = {}
    for point in points:
        if id(point.dist) not in owners:
            metadata = {} if point.dist is None else point.dist.metadata
            name = (metadata and metadata["Name"]) or ""  # a distribution that is being installed has none
            version = (metadata and metadata["Version"]) or ""
            owners[id(point.dist)] = (name.lower().replace("_", "-"), version)
    return owners


def _describe(row: dict[str, Any], depends_on: list[str]) -> None:
    directory = package_directory(row["target"])
    if directory is None:
        row["problem"] = f"the package of {row['target']!r} is not installed"
        row["hint"] = f"Reinstall {row['distribution']}."
        return
    row["directory"] = str(directory)
    depends_on.append(str(directory / MANIFEST_FILE))
    try:
        row["manifest"] = read_manifest_data(directory, row["name"])
    except InputError as error:
        row["problem"] = str(error)
        row["hint"] = f"Correct {MANIFEST_FILE} of {row['distribution']}."


def _listing(row: Mapping[str, Any]) -> Listing:
    manifest = decode_manifest(row["manifest"])
    problem, hint = row["problem"], row["hint"]
    missing = () if problem else missing_imports(manifest.imports)
    if missing:
        problem = f"it needs {', '.join(missing)}, which is not installed"
        distribution = row["distribution"]
        hint = (
            f'pip install "{distribution}[{manifest.extra}]"'
            if manifest.extra
            else f"pip install {' '.join(missing)}"
        )
    return Listing(
        name=row["name"],
        target=row["target"],
        distribution=row["distribution"],
        version=row["version"],
        is_third_party=row["distribution"] != OWN_DISTRIBUTION,
        manifest=manifest,
        directory=Path(row["directory"]) if row["directory"] else None,
        problem=problem,
        hint=hint,
    )


def in_process(plugins: Sequence[tuple[str, Any, Manifest]]) -> dict[str, Listing]:
    """Return listings of plugins that an embedding program gives as classes or instances."""
    return {
        name: Listing(name=name, target=repr(plugin), is_third_party=False, manifest=manifest, factory=plugin)
        for name, plugin, manifest in plugins
    }
