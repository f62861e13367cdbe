"""A plugin's project on disk, made discoverable without being installed.

Owns what ``mosaic dev`` reads of ``pyproject.toml``, and the ``.dist-info`` that it writes below ``.mosaic``.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs

from mosaic_hookspecs.errors import InputError, Location
from mosaic_hookspecs.manifest import ENTRY_POINT_GROUP, MANIFEST_FILE

_FILE = "pyproject.toml"


@attrs.frozen(kw_only=True)
class PluginProject:
    """A project: its distribution's name, its plugins' entry points, and where its packages lie."""

    directory: Path
    distribution: str
    version: str
    targets: Mapping[str, str]
    root: Path

    @classmethod
    def read(cls, directory: Path) -> PluginProject:
        """Read the project in a directory.

        Raises:
            InputError: there is none, or it has no plugin (codes ``no-plugin-project``, ``bad-project``).
        """
        file = directory / _FILE
        try:
            project: dict[str, Any] = tomllib.loads(file.read_text(encoding="utf-8")).get("project", {})
        except FileNotFoundError:
            raise InputError(
                "no-plugin-project",
                "there is no plugin project here",
                where=Location(path=str(directory)),
                expected=f"a directory with a {_FILE}",
                hint="`mosaic plugins new NAME` makes one.",
            ) from None
        except (OSError, ValueError) as error:
            raise InputError(
                "bad-project",
                "the project's file cannot be read",
                where=Location(path=str(file)),
                got=str(error),
            ) from None
        targets = project.get("entry-points", {}).get(ENTRY_POINT_GROUP, {})
        if not targets:
            raise InputError(
                "no-plugin-project",
                "the project has no plugin",
                where=Location(path=str(file)),
                expected=f'an entry point in [project.entry-points."{ENTRY_POINT_GROUP}"]',
                hint="`mosaic plugins check` says what else is missing.",
            )
        source = directory / "src"
        return cls(
            directory=directory,
            distribution=str(project.get("name", directory.name)),
            version=str(project.get("version", "0")),
            targets=targets,
            root=source if source.is_dir() else directory,
        )

    def provided(self) -> Mapping[str, Sequence[str]]:
        """Return the names of the providers that the manifests announce, by port."""
        from mosaic_kernel import load_yaml

        found: dict[str, list[str]] = {}
        for name, target in self.targets.items():
            file = self.root / target.partition(":")[0].partition(".")[0] / MANIFEST_FILE
            data = load_yaml(file.read_bytes(), str(file)).data if file.is_file() else {}
            fields = data.get(name) if isinstance(data, Mapping) else None
            for item in fields.get("provides", ()) if isinstance(fields, Mapping) else ():
                if isinstance(item, Mapping) and item.get("name") != "*":
                    found.setdefault(str(item.get("port")), []).append(str(item.get("name") or name))
        return found

    def make_discoverable(self) -> bool:
        """Put the project on ``sys.path`` with a ``.dist-info`` of its own, unless it is installed from here;
        return whether that was needed.
        """
        if self._is_installed_from_here():
            return False
        site = self.directory / ".mosaic" / "dev"
        name = self.distribution.replace("-", "_")
        info = site / f"{name}-{self.version}.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        (site / ".gitignore").write_text("*\n", encoding="utf-8")
        metadata = f"Metadata-Version: 2.1\nName: {self.distribution}\nVersion: {self.version}\n"
        (info / "METADATA").write_text(metadata, encoding="utf-8")
        points = "".join(f"{key} = {value}\n" for key, value in self.targets.items())
        (info / "entry_points.txt").write_text(f"[{ENTRY_POINT_GROUP}]\n{points}", encoding="utf-8")
        sys.path[:0] = [str(site), str(self.root)]
        return True

    def _is_installed_from_here(self) -> bool:
        from importlib.metadata import PackageNotFoundError, distribution
        from importlib.util import find_spec

        try:
            distribution(self.distribution)
        except PackageNotFoundError:
            return False
        top = next(iter(self.targets.values())).partition(":")[0].partition(".")[0]
        spec = find_spec(top)
        places = list(spec.submodule_search_locations or ()) if spec else []
        return any(Path(place).resolve() == (self.root / top).resolve() for place in places)
