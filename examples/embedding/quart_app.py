"""A Quart application with Mosaic inside: the kernel lives as long as the application, in the same trio loop.

python quart_app.py [DIRECTORY] [PORT]
"""

import json
import signal
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import trio
from hypercorn.config import Config
from hypercorn.trio import serve
from quart import Response, ResponseReturnValue, request
from quart_trio import QuartTrio

from mosaic_hookspecs import MosaicError, NotFound
from mosaic_kernel import Kernel, to_json_data


def make_app(directory: Path, **arguments: Any) -> QuartTrio:
    """Make the application; `arguments` are further ones of the kernel's."""
    app = QuartTrio(__name__)
    kernel = Kernel(directory=directory, **{"profile": "local", **arguments})

    leave, left = trio.Event(), trio.Event()

    async def hold(task_status: trio.TaskStatus[None]) -> None:
        # In a task of its own: what a generator holds open across its yield does not bear to be cancelled.
        async with kernel, trio.open_nursery() as nursery:
            # Works on every run, also on those that a crash has left, until it is cancelled.
            nursery.start_soon(kernel.dispatch, "run.drive")
            task_status.started()
            await leave.wait()
            nursery.cancel_scope.cancel()
        left.set()

    @app.while_serving
    async def mosaic() -> AsyncGenerator[None, None]:
        await app.nursery.start(hold)
        yield
        leave.set()
        await left.wait()

    @app.post("/runs")
    async def create_run() -> ResponseReturnValue:
        return to_json_data(await kernel.dispatch("run.create", await request.get_json())), 201

    @app.get("/runs/<run_id>")
    async def show_run(run_id: str) -> ResponseReturnValue:
        return to_json_data(await kernel.dispatch("run.show", {"run_id": run_id}))

    @app.get("/runs/<run_id>/events")
    async def follow_run(run_id: str) -> ResponseReturnValue:
        asked = {"run_id": run_id, "after": int(request.headers.get("Last-Event-ID", "0"))}

        async def lines() -> AsyncIterator[bytes]:
            # When the client leaves, this is cancelled, and with it what it follows.
            async with aclosing(kernel.follow("event.follow", asked)) as events:
                async for event in events:
                    data = json.dumps(to_json_data(event))
                    yield f"id: {event.sequence}\nevent: {event.kind}\ndata: {data}\n\n".encode()

        response = Response(lines(), content_type="text/event-stream", headers={"Cache-Control": "no-cache"})
        response.timeout = None  # a stream lasts as long as the client stays
        return response

    @app.errorhandler(MosaicError)
    async def refuse(error: MosaicError) -> ResponseReturnValue:
        return {"code": error.code, "error": str(error)}, 404 if isinstance(error, NotFound) else 400

    return app


def settings(port: int) -> Config:
    """Say how Hypercorn serves it: on loopback, and with a bound on how long streams may delay its end."""
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.graceful_timeout = 0.5
    config.accesslog = None
    return config


async def main(directory: Path, port: int) -> None:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        await serve(make_app(directory), settings(port), shutdown_trigger=lambda: anext(signals))


if __name__ == "__main__":
    place, number, *_ = [*sys.argv[1:], *(".", "8000")[len(sys.argv) - 1 :]]
    trio.run(main, Path(place), int(number))
