"""The servers that `http_door` measures: python benchmarks/http_door_servers.py NAME. Prints port and token.

`door` is Mosaic's HTTP door. `quart` is the least that answers the same query: one handler of Quart-Trio on
Hypercorn, which lets everybody in. Both have the memory storage, with some runs in it.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import trio

RUNS = 20
MOST = 2500
_WORKFLOW = 'jobs:\n  hello: {steps: [{run: "echo hello"}]}\n'


async def made_kernel(stack: AsyncExitStack, *, serves: bool) -> Any:
    """Return a kernel with some runs, which ends with the stack."""
    from mosaic_kernel import Kernel

    settings: dict[str, Any] = {
        "ports.storage": "memory",
        "ports.transport": ["http"],
        "plugins.dashboard": False,
        "plugins.http.connections": MOST,
        "plugins.http.rate": 1e9,
    }
    directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    made = Kernel(profile="local", directory=directory, environment={}, settings=settings, serves=serves)
    kernel = await stack.enter_async_context(made)
    for number in range(RUNS):
        await kernel.dispatch("run.create", {"target": "w.yaml", "text": _WORKFLOW, "run_id": f"r-{number}"})
    return kernel


async def door() -> None:
    """Serve Mosaic."""
    async with AsyncExitStack() as stack:
        kernel = await made_kernel(stack, serves=True)
        url = await kernel.port("transport").get("http").reached()
        token = kernel.state_directory / "http" / "token"
        print(url.rstrip("/").rpartition(":")[2], (await trio.Path(token).read_text()).strip(), flush=True)
        await trio.sleep_forever()


async def quart() -> None:
    """Serve one handler."""
    from hypercorn.config import Config
    from hypercorn.trio import serve
    from quart import Response
    from quart_trio import QuartTrio

    from mosaic_kernel import to_json_data

    async with AsyncExitStack() as stack:
        kernel = await made_kernel(stack, serves=False)
        app = QuartTrio("bare")

        @app.get("/api/runs/<run_id>")
        async def show(run_id: str) -> Response:
            found = to_json_data(await kernel.dispatch("run.show", {"run_id": run_id}))
            return Response(json.dumps(found, separators=(",", ":")), content_type="application/json")

        listener = trio.socket.socket()
        stack.callback(listener.close)
        await listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        listener.listen(MOST)
        config = Config()
        config.bind = [f"fd://{listener.fileno()}"]
        config.accesslog = config.errorlog = None
        config.keep_alive_max_requests = sys.maxsize  # ours stay, too
        print(port, "-", flush=True)
        await serve(app, config)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    trio.run({"door": door, "quart": quart}[sys.argv[1]])
