"""The conformance kits: the one for every plugin, and that of each port which ``sample`` fills.

``pytest --mosaic-plugin sample`` runs them by themselves, and shows each test.
"""

import subprocess
import sys


def test_the_contracts_are_kept(pytestconfig):
    command = [sys.executable, "-m", "pytest", "-q", "--mosaic-plugin", "sample"]
    done = subprocess.run(command, cwd=pytestconfig.rootpath, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
