import io
import sys

import pytest

from mosaic_kernel import Kernel, PluginIndex
from mosaic_kernel.reloading import editions

MANIFEST = "{name}:\n  summary: a plugin for tests\n"


class Place:
    """A directory on sys.path, with made-up distributions whose code can be edited."""

    def __init__(self, site, directory):
        self.site = site
        self.directory = directory
        self.log = io.StringIO()
        self.packages = set()

    def write(self, name, code=None, *, manifest=None, version="1.0", **files):
        package = self.site / f"made_up_{name}"
        self.packages.add(package.name)
        package.mkdir(exist_ok=True)
        if not (package / "__init__.py").exists():
            (package / "__init__.py").write_text("")
        if code is not None:
            (package / "plugin.py").write_text(code)
        for file, text in files.items():
            (package / f"{file}.py").write_text(text)
        if manifest is not None or not (package / "mosaic-plugin.yaml").exists():
            (package / "mosaic-plugin.yaml").write_text(manifest or MANIFEST.format(name=name))
        info = self.site / f"{package.name}-{version}.dist-info"
        if not info.exists():
            info.mkdir()
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package.name}\nVersion: {version}\n")
            (info / "entry_points.txt").write_text(f"[mosaic.plugins]\n{name} = {package.name}.plugin:Plugin\n")
        return package

    def kernel(self, *allow, settings=None, plugins=(), **arguments):
        return Kernel(
            profile="",
            directory=self.directory,
            environment={},
            index=PluginIndex(file=""),
            log_stream=self.log,
            plugins=plugins,
            settings={"allow": list(allow), **(settings or {})},
            **arguments,
        )

    def fresh_modules(self):
        """Return the modules of all editions but the first, which stays for who imported it."""
        firsts = {edition.name for edition in editions._firsts.values()}
        return sorted(
            name
            for name in sys.modules
            if name.partition("@")[0] in self.packages and "@" in name and name.partition(".")[0] not in firsts
        )


@pytest.fixture
def place(tmp_path, monkeypatch):
    site, directory = tmp_path / "site", tmp_path / "project"
    site.mkdir()
    directory.mkdir()
    monkeypatch.syspath_prepend(str(site))
    made = Place(site, directory)
    yield made
    for module in [name for name in sys.modules if name.partition(".")[0].partition("@")[0] in made.packages]:
        del sys.modules[module]
    for package in made.packages:
        editions._firsts.pop(package, None)
        editions._live.pop(package, None)
