"""schemathesis against the document: nothing answers with a 5xx, or with what is not described."""

import os
import sys
from pathlib import Path

import pytest
import trio
from http_door_wire import bearer, new_run

MULTIPLIER = float(os.environ.get("MOSAIC_CHAOS", "1"))
PROGRAM = Path(sys.executable).parent / "schemathesis"
LEFT_OUT = (
    r"/(plugins|storage|config|mcpclient|headless|tony|http|events|plans/new|plans/brief)|/follow$"
    r"|/drive|/call/|/inbox$|/ask$|/take$"
)
"""What stops the system itself, reads or writes files anywhere, starts programs, or waits for somebody."""
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)


@pytest.mark.chaos
@pytest.mark.skipif(MULTIPLIER <= 1, reason="minutes long: tox -e chaos")
async def test_what_is_said_of_the_routes_is_so(serve, connect, monkeypatch, tmp_path):
    if not PROGRAM.exists():
        assert not os.environ.get("CI"), "CI must have schemathesis"
        pytest.skip("schemathesis is not here")
    monkeypatch.chdir(tmp_path)
    settings = {"plugins.http.rate": 1e9, "plugins.http.wrong_tokens": 1e9}
    async with serve(**settings) as kernel, connect(kernel) as http:
        await new_run(http, run_id="bookshop-1")
        argv = [
            str(PROGRAM),
            "run",
            f"{http.base_url}api/openapi.json",
            "-H",
            f"Authorization: {bearer(kernel)}",
            "--exclude-path-regex",
            LEFT_OUT,
            "--checks",
            ",".join(CHECKS),
            "-n",
            str(round(5 * MULTIPLIER)),
            "--phases",
            "examples,coverage,fuzzing",
            "--suppress-health-check",
            "all",
        ]
        done = await trio.run_process(argv, capture_stdout=True, capture_stderr=True, check=False)
        told = done.stdout.decode()
        assert done.returncode == 0, told[-5000:]
        assert "passed" in told
