"""A FastAPI application with Mosaic beside it: the kernel runs in a thread, and asyncio waits for it.

python fastapi_app.py [DIRECTORY] [PORT]
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from fastapi import Body, FastAPI, Header, Request
from fastapi.responses import JSONResponse, StreamingResponse

from mosaic_hookspecs import MosaicError, NotFound
from mosaic_kernel import AsyncioKernel, to_json_data


def make_app(directory: Path, **arguments: Any) -> FastAPI:
    """Make the application; `arguments` are further ones of the kernel's."""
    kernel = AsyncioKernel(directory=directory, **{"profile": "local", **arguments})

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with kernel:
            # Works on every run, also on those that a crash has left, until it is cancelled.
            drive = asyncio.create_task(kernel.dispatch("run.drive"))
            yield
            drive.cancel()
            await asyncio.wait([drive])

    app = FastAPI(lifespan=lifespan)

    @app.post("/runs", status_code=201)
    async def create_run(asked: Annotated[dict[str, Any], Body()]) -> Any:
        return to_json_data(await kernel.dispatch("run.create", asked))

    @app.get("/runs/{run_id}")
    async def show_run(run_id: str) -> Any:
        return to_json_data(await kernel.dispatch("run.show", {"run_id": run_id}))

    @app.get("/runs/{run_id}/events")
    async def follow_run(run_id: str, last_event_id: Annotated[int, Header()] = 0) -> StreamingResponse:
        async def lines() -> AsyncIterator[str]:
            # When the client leaves, this is cancelled, and with it what it follows.
            asked = {"run_id": run_id, "after": last_event_id}
            async with aclosing(kernel.follow("event.follow", asked)) as events:
                async for event in events:
                    data = json.dumps(to_json_data(event))
                    yield f"id: {event.sequence}\nevent: {event.kind}\ndata: {data}\n\n"

        return StreamingResponse(lines(), media_type="text/event-stream", headers={"Cache-Control": "no-cache"})

    @app.exception_handler(MosaicError)
    async def refuse(_: Request, error: MosaicError) -> JSONResponse:
        body = {"code": error.code, "error": str(error)}
        return JSONResponse(body, 404 if isinstance(error, NotFound) else 400)

    return app


def settings(app: FastAPI, port: int) -> uvicorn.Config:
    """Say how uvicorn serves it: on loopback, and with a bound on how long streams may delay its end."""
    return uvicorn.Config(
        app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1, lifespan="on"
    )


if __name__ == "__main__":
    place, number, *_ = [*sys.argv[1:], *(".", "8000")[len(sys.argv) - 1 :]]
    with suppress(KeyboardInterrupt):  # which uvicorn raises again when all has ended
        uvicorn.Server(settings(make_app(Path(place)), int(number))).run()
