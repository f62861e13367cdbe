import os
import subprocess
import sys

import pytest
from receiver import receiving

SETTINGS = """
import pytest


@pytest.fixture
def mosaic_settings():
    return {settings!r}
"""


@pytest.mark.parametrize("name", ["webhook", "finger", "observers"])
def test_what_serves_and_observes_passes_the_conformance_kits(site, tmp_path, name):
    with receiving() as (_, url):
        settings = {
            "webhook": {"plugins.webhook.url": url, "plugins.webhook.secret": "whsec_c2VjcmV0"},
            "finger": {"plugins.finger.port": 0},
        }
        (tmp_path / "conftest.py").write_text(SETTINGS.format(settings=settings.get(name, {})))
        (tmp_path / "pytest.ini").write_text("[pytest]\n")
        argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"]
        done = subprocess.run(
            [*argv, "--mosaic-plugin", name],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(site)},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert done.returncode == 0, done.stdout
