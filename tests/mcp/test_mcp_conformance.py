"""The official conformance suite of MCP, against a system that serves the example of everything."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from mcp_clients import MOSAIC
from mcp_node import PACKAGE, SECONDS, run

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = {"2026-07-28": 50, "2025-11-25": 33}
"""How many the suite runs at least, those that it does not score included."""


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """Install the example beside the packages of this environment."""
    folder = tmp_path_factory.mktemp("site")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder)]
    done = run([*pip, str(ROOT / "examples" / "mcp_everything")])
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def endpoint(site, tmp_path, environment):
    """Serve the example; return the address."""
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [MOSAIC, "run", "--profile", "everything", "-vv", "--set", "kernel.log_format=json"],
            cwd=tmp_path,
            env={**environment, "PYTHONPATH": str(site)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        yield address_in(log, process)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        process.wait(30)
    assert "Traceback" not in log.read_text()


def address_in(log, process):
    give_up = time.monotonic() + 120
    while True:
        for line in log.read_text().splitlines():
            if "http.listening" in line:
                return f"{json.loads(line)['url']}mcp"
        assert time.monotonic() < give_up, log.read_text()
        assert process.poll() is None, log.read_text()
        time.sleep(0.05)


@pytest.mark.parametrize("revision", sorted(SCENARIOS))
def test_every_scenario_passes(node, packages, endpoint, tmp_path, revision):
    suite = packages / PACKAGE / "dist" / "index.js"
    argv = [str(node), str(suite), "server", "--url", endpoint, "--requirements", revision]
    done = run(argv, cwd=tmp_path, timeout=SECONDS)
    summary = done.stdout.partition("=== SUMMARY ===")[2].partition("Total:")[0]
    results = {name: mark == "✓" for mark, name in re.findall(r"([✓✗])\S* +([\w-]+): \d+ passed", summary)}
    assert {name for name, has_passed in results.items() if not has_passed} == set(), done.stdout
    assert len(results) >= SCENARIOS[revision], sorted(results)
    assert done.returncode == 0, done.stdout[-2000:]
