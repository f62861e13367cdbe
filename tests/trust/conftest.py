import io
import sys

import pytest

from mosaic_kernel import Kernel, PluginIndex


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A directory on sys.path, for made-up distributions."""
    site = tmp_path / "site"
    site.mkdir()
    monkeypatch.syspath_prepend(str(site))
    return site


@pytest.fixture
def installed(site):
    """Install made-up distributions, each with one plugin whose package is returned."""
    packages = []

    def install(name, manifest="{}", *, code="class Plugin:\n    pass\n", version="1.0", record=()):
        package = f"made_up_{name}"
        (site / package).mkdir()
        (site / package / "__init__.py").write_text("")
        (site / package / "plugin.py").write_text(code)
        (site / package / "mosaic-plugin.yaml").write_text(f"{name}: {manifest}\n")
        info = site / f"{package}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n")
        (info / "entry_points.txt").write_text(f"[mosaic.plugins]\n{name} = {package}.plugin:Plugin\n")
        if record:
            (info / "RECORD").write_text("\n".join(record) + "\n")
        packages.append(package)
        return site / package

    yield install
    for package in packages:
        for module in [name for name in sys.modules if name.partition(".")[0] == package]:
            del sys.modules[module]


@pytest.fixture
def is_imported():
    """Say whether anything of a package was imported."""

    def ask(package):
        return any(name.partition(".")[0] == package.name for name in sys.modules)

    return ask


@pytest.fixture
def project(tmp_path):
    directory = tmp_path / "project"
    directory.mkdir()
    return directory


@pytest.fixture
def kernel(project):
    """Make a kernel of the project with the plugins named, which demands the lock unless told otherwise."""

    def make(*allow, requires=True, settings=None, **arguments):
        options = {"profile": "", "environment": {}, "log_stream": io.StringIO(), **arguments}
        return Kernel(
            directory=project,
            index=PluginIndex(file=""),
            settings={"allow": list(allow), "require_lock": requires, **(settings or {})},
            **options,
        )

    return make


@pytest.fixture
def lock(kernel):
    """Lock plugins, with a kernel that starts none."""

    async def lock(*allow, names=(), **arguments):
        made = kernel(*allow, starts_plugins=False, is_tolerant=True, **arguments)
        async with made as running:
            return await running.dispatch("plugins.lock", {"names": list(names)})

    return lock


@pytest.fixture
def states():
    async def states(running):
        return {one.name: one for one in (await running.dispatch("plugins.list")).plugins}

    return states
