import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
PACKAGES = {
    "mosaic_greeter": "smallest_plugin",
    "acme_webhook": "webhook",
    "acme_finger": "protocol_handler",
    "acme_brand": "brand_theme",
    "acme_workflow": "workflow_hooks",
}


@pytest.fixture(scope="session")
def pip_installed(tmp_path_factory):
    """Install every example by pip, once, as their READMEs say."""
    target = tmp_path_factory.mktemp("installed")
    sources = tmp_path_factory.mktemp("examples")  # building writes beside the sources
    paths = [shutil.copytree(EXAMPLES / name, sources / name) for name in PACKAGES.values()]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-index"]
    subprocess.run(
        [*pip, "--no-deps", "--no-build-isolation", "--no-compile", "--target", target, *paths], check=True
    )
    return target


@pytest.fixture
def site(pip_installed, tmp_path, monkeypatch):
    """The installed examples, for one test to use and to edit."""
    copy = tmp_path / "site"
    shutil.copytree(pip_installed, copy)
    monkeypatch.syspath_prepend(str(copy))
    yield copy
    for name in list(sys.modules):
        if name.partition(".")[0].partition("@")[0] in PACKAGES:
            del sys.modules[name]
