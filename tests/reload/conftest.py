import io
import sys

import pytest
import trio

from mosaic_kernel import Kernel, PluginIndex
from mosaic_kernel.reloading import editions
from mosaic_testing.installed import installed_plugins

MANIFEST = "{name}:\n  summary: a plugin for tests\n"


class Place:
    """A project, and a directory with made-up distributions whose code can be edited; it is put onto sys.path
    with the first of them.
    """

    def __init__(self, site, directory, put_onto_path):
        self.site = site
        self._put_onto_path = put_onto_path
        self.directory = directory
        self.log = io.StringIO()
        self.packages = set()

    def write(self, name, code=None, *, manifest=None, version="1.0", **files):
        if not self.packages:
            self._put_onto_path(str(self.site))
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
            index=PluginIndex(file="") if self.packages else installed_plugins(),
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
    made = Place(site, directory, monkeypatch.syspath_prepend)
    yield made
    for module in [name for name in sys.modules if name.partition(".")[0].partition("@")[0] in made.packages]:
        del sys.modules[module]
    for package in made.packages:
        editions._firsts.pop(package, None)
        editions._live.pop(package, None)


async def at_once(function, *args, **_):
    await trio.lowlevel.checkpoint()
    return function(*args)


@pytest.fixture
def quick(monkeypatch, autojump_clock):
    """Let time pass at once. What threads would do is done here: while one works, the clock would jump."""
    monkeypatch.setattr(trio.to_thread, "run_sync", at_once)
    return autojump_clock
