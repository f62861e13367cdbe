"""A place for attempts, a peer of the tests' own, and the official SDK's server."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from a2a_bench import open_peer, open_place

SERVER = Path(__file__).with_name("sdk_server.py")


@pytest.fixture
async def place(tmp_path):
    async with open_place(tmp_path) as place:
        yield place


@pytest.fixture
async def peer():
    async with open_peer() as peer:
        yield peer


@pytest.fixture(scope="session")
def sdk(tmp_path_factory):
    """Run the SDK's server; gives its address and its log."""
    log = tmp_path_factory.mktemp("sdk") / "log.jsonl"
    log.touch()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, str(SERVER), str(port), str(log)])
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}", log
    finally:
        process.kill()
        process.wait()


def _wait_for(port, process):
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, "the server does not start"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError("the server does not answer")
