"""A system that serves, as a process of its own, and what it does while nobody asks anything of it.

A plugin beside it notes every operation that is carried out, whoever asks: people, clients, plugins, agents.
"""

import json
import os
import socket
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import httpx2
import trio
from headless_assignments import until
from mcp.client.streamable_http import streamable_http_client

from mcp import Client

MOSAIC = str(Path(sys.executable).parent / "mosaic")
NOTING = """
import os
from mosaic_hookspecs import InterceptorSpec, hookimpl

class Plugin:
    @hookimpl
    def mosaic_interceptors(self, context):
        async def note(call, data, proceed):
            with open(os.environ["NOTED_OPERATIONS"], "a") as file:
                file.write(call.operation.name + "\\n")
            return await proceed(data)
        return [InterceptorSpec(stage="metrics", interceptor=note)]
"""


@attrs.frozen
class Spent:
    """What a process has used: seconds of its processors, and how often each of its threads was woken."""

    seconds: float
    threads: dict

    @property
    def wakes(self):
        return sum(self.threads.values())

    def since(self, before):
        """Return what was used since then; a thread that has ended meanwhile did not wake much."""
        threads = {name: wakes - before.threads.get(name, 0) for name, wakes in self.threads.items()}
        return Spent(self.seconds - before.seconds, threads)


@attrs.frozen
class Served:
    """A served system, from outside."""

    process: subprocess.Popen
    directory: Path
    port: int

    def operations(self):
        """Return the names of all operations that were carried out so far."""
        return (self.directory / "noted").read_text().split()

    def spent(self):
        """Return what the process and its threads have used so far."""
        folder = Path(f"/proc/{self.process.pid}")
        figures = (folder / "stat").read_text().rpartition(")")[2].split()
        ticks = int(figures[11]) + int(figures[12])
        threads = {}
        for task in (folder / "task").iterdir():
            lines = (task / "status").read_text().splitlines()
            [wakes] = [line.split()[1] for line in lines if line.startswith("voluntary_ctxt_switches")]
            threads[task.name] = int(wakes)
        return Spent(ticks / os.sysconf("SC_CLK_TCK"), threads)

    async def settle(self):
        """Wait until it has done all that it does when it begins."""
        last, now = None, self.spent().seconds
        while last != now:
            await trio.sleep(0.5)
            last, now = now, self.spent().seconds

    def children(self):
        """Return the processes that it has started and that have not ended."""
        folder = Path(f"/proc/{self.process.pid}/task")
        return [pid for task in folder.iterdir() for pid in (task / "children").read_text().split()]

    @asynccontextmanager
    async def client(self, era, **options):
        """Connect a client of the official SDK."""
        token = (self.directory / ".mosaic" / "mcp" / "token").read_text().strip()
        url = f"http://127.0.0.1:{self.port}/mcp?tiers=default,worker"
        headers, timeout = {"Authorization": f"Bearer {token}"}, httpx2.Timeout(10, read=None)
        async with (
            httpx2.AsyncClient(headers=headers, timeout=timeout, trust_env=False) as http,
            Client(streamable_http_client(url, http_client=http), mode=era, **options) as client,
        ):
            yield client


@asynccontextmanager
async def served(directory, **settings):
    """Run ``mosaic run`` in a directory until the block ends."""
    site = directory / "site"
    _write_noting_plugin(site)
    project = directory / "project"
    project.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    plugins = {"http": {"port": port}, **settings}
    # JSON is YAML.
    (project / "mosaic.yaml").write_text(json.dumps({"profile": "local", "plugins": plugins}))
    (project / "noted").touch()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("MOSAIC_")},
        "HOME": str(directory),
        "XDG_CONFIG_HOME": str(directory / "config"),
        "XDG_CACHE_HOME": str(directory / "cache"),
        "PYTHONPATH": str(site),
        "NOTED_OPERATIONS": str(project / "noted"),
    }
    process = _start(project, environment, directory / "mosaic.log")
    try:
        token = project / ".mosaic" / "mcp" / "token"
        # The port answers before what is mounted on it does.
        await until(lambda: process.poll() is not None or (_answers(port) and token.exists()), 120)
        assert process.poll() is None, (directory / "mosaic.log").read_text()
        yield Served(process, project, port)
    finally:
        process.terminate()
        process.wait(20)


def _start(project, environment, file):
    with file.open("wb") as log:
        return subprocess.Popen(
            [MOSAIC, "run"], cwd=project, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )


def _answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _write_noting_plugin(site):
    package, info = site / "noting", site / "noting-1.0.dist-info"
    package.mkdir(parents=True)
    info.mkdir()
    (package / "__init__.py").write_text("")
    (package / "plugin.py").write_text(NOTING)
    (package / "mosaic-plugin.yaml").write_text("noting:\n  summary: Notes operations.\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: noting\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[mosaic.plugins]\nnoting = noting.plugin:Plugin\n")
