"""What the manifest of an installed plugin says, read without importing the plugin.

The kernel reads manifests too; this is for pytest, before any test runs and without a kernel.
"""

from __future__ import annotations

import inspect
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml

from mosaic_hookspecs.errors import NotFound
from mosaic_hookspecs.manifest import ENTRY_POINT_GROUP, MANIFEST_FILE, Manifest, Provides

__all__ = ["fields_of", "manifest_of_class", "provided_by"]


def fields_of(name: str) -> dict[str, Any]:
    """Return the fields of a plugin's manifest, as they stand there.

    Raises:
        NotFound: no plugin of that name is installed, or it has no manifest.
    """
    points = entry_points(group=ENTRY_POINT_GROUP)
    if name not in points.names:
        raise NotFound(
            "unknown-plugin", f"no plugin is named {name!r}; there are {', '.join(sorted(points.names))}"
        )
    spec = find_spec(points[name].module.partition(".")[0])
    if spec is None or not spec.submodule_search_locations:
        raise NotFound("no-package", f"the package of the plugin {name!r} is not installed")
    found = _read(Path(spec.submodule_search_locations[0]) / MANIFEST_FILE)
    if name not in found:
        raise NotFound(
            "no-manifest", f"{MANIFEST_FILE} of the package {spec.name!r} does not describe {name!r}"
        )
    fields: dict[str, Any] = found[name] or {}
    return fields


def provided_by(name: str) -> dict[str, dict[str, str]]:
    """Return the providers that a plugin announces: for each port, their names and their contract's version."""
    ports: dict[str, dict[str, str]] = {}
    for provided in fields_of(name).get("provides", ()):
        if provided.get("name") != "*":  # those have names only where somebody configures them
            known = ports.setdefault(provided["port"], {})
            known[provided.get("name") or name] = str(provided.get("contract", ""))
    return ports


def manifest_of_class(plugin: type) -> tuple[str, Manifest]:
    """Return the name and the manifest of a plugin's class: those in its package, if the entry of its manifest
    can be told; else a name made of the class's and a manifest that says nothing.
    """
    name = _name_of(plugin)
    module = inspect.getmodule(plugin)
    top = (plugin.__module__ or "").partition(".")[0]
    if module is None or "." not in plugin.__module__:
        return name, Manifest()
    spec = find_spec(top)
    folder = next(iter(spec.submodule_search_locations or ()), "") if spec is not None else ""
    file = Path(folder) / MANIFEST_FILE
    found = _read(file) if folder and file.is_file() else {}
    if name not in found and len(found) == 1:
        [name] = found
    return name, _manifest(found.get(name) or {})


def _name_of(plugin: type) -> str:
    stem = plugin.__name__.strip("_").removesuffix("Plugin") or plugin.__name__.strip("_")
    return "".join(f"-{sign.lower()}" if sign.isupper() else sign for sign in stem).lstrip("-")


def _manifest(fields: dict[str, Any]) -> Manifest:
    known = {name: fields[name] for name in ("summary", "needs", "after", "hooks", "follows") if name in fields}
    provides = tuple(
        Provides(port=one["port"], contract=str(one["contract"]), name=one.get("name", ""))
        for one in fields.get("provides", ())
    )
    return Manifest(provides=provides, **known)


def _read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    return found
