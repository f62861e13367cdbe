"""The plugin passes the conformance kits of what it provides; and its build is complete."""

import json
import subprocess
import sys

from mosaic_dashboard.assets import STATIC, Assets
from mosaic_dashboard.own_pages import own_contributions


def test_it_passes_the_kits(tmp_path):
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "--mosaic-plugin"]
    done = subprocess.run(
        [*argv, "dashboard"], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout


def test_every_island_was_built():
    assets = Assets()
    asked = {str(one.data["island"]) for one in own_contributions() if "island" in one.data}
    for name in {*asked, "app", "mode"}:
        assert assets.find(f"{name}.js"), name


def test_the_build_names_files_that_are_there_and_their_licences():
    built = json.loads((STATIC / "manifest.json").read_text("utf-8"))
    assert all((STATIC / name).is_file() for name in built.values())
    licences = (STATIC / "licences.txt").read_text("utf-8")
    assert "htmx.org 4" in licences
    assert "BSD" in licences
