"""Real systems in processes of their own, which are killed and started again where they were."""

import json
import os
import signal
import socket
import subprocess
import sys

import trio

ADAPTER = """
import sys
import anyio
from mosaic_tony import TonyAdapter, create_mcp_server

async def main(local, local_token, shared, shared_token):
    async with (
        create_mcp_server(mode="team", url=local, token=local_token, patience_seconds=60) as here,
        create_mcp_server(mode="team", url=shared, token=shared_token, patience_seconds=60) as there,
    ):
        print("connected", flush=True)
        await TonyAdapter(here, there, name="alice", shared_name="team", limit=4).run()

anyio.run(main, *sys.argv[2:], backend=sys.argv[1])
"""


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Served:
    """``mosaic run`` in a directory, at a port that stays."""

    def __init__(self, directory, environment):
        directory.mkdir()
        self._environment = environment
        self.directory = directory
        self.port = free_port()
        self.process = None
        plugins = {"http": {"port": self.port}}
        allowed = ["cli", "control", "engine", "http", "mcp", "profiles", "sqlite", "tony", "upp"]
        configuration = {"plugins": plugins, "allow": allowed, "ports": {"workspace": []}}
        (directory / "mosaic.yaml").write_text(json.dumps(configuration))
        self.url = f"http://127.0.0.1:{self.port}/mcp"

    @property
    def token(self):
        return self._token_file.read_text().strip()

    @property
    def _token_file(self):
        return self.directory / ".mosaic/mcp/token"

    def begin(self):
        with (self.directory / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mosaic_cli", "run"],
                cwd=self.directory,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def until_served(self):
        with trio.fail_after(120):
            while True:
                assert self.process.poll() is None, (self.directory / "log").read_text()
                try:
                    await (await trio.open_tcp_stream("127.0.0.1", self.port)).aclose()
                except OSError:
                    await trio.sleep(0.05)
                else:
                    # The port answers before what is mounted on it has made its token.
                    if self._token_file.exists():
                        return
                    await trio.sleep(0.05)

    async def crash(self):
        """Kill it, and start it again."""
        self.process.kill()
        await trio.to_thread.run_sync(self.process.wait)
        self.begin()

    async def end(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            await trio.to_thread.run_sync(self.process.wait, 30)


class AdapterProcess:
    """An adapter in a process of its own, under trio and asyncio in turn."""

    def __init__(self, directory, local, shared, environment):
        self._directory, self._systems, self._environment = directory, (local, shared), environment
        self._process = None
        self._count = 0

    async def begin(self):
        program = self._directory / "adapter.py"
        program.write_text(ADAPTER)
        backend = ("trio", "asyncio")[self._count % 2]
        self._count += 1
        about = [text for one in self._systems for text in (one.url, one.token)]
        with (self._directory / "adapter.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - it returns at once
                [sys.executable, str(program), backend, *about], env=self._environment, stdout=log, stderr=log
            )

    async def crash(self):
        await self.end()
        await self.begin()

    async def end(self):
        if self._process is not None:
            self._process.kill()
            await trio.to_thread.run_sync(self._process.wait)


def environment_in(directory):
    """The environment of processes that know nothing of this machine's configuration."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOSAIC_")}
    return {**kept, "XDG_CONFIG_HOME": str(directory / "config"), "XDG_CACHE_HOME": str(directory / "cache")}
