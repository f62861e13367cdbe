"""The servers that `mcp_calls` compares: each answers the tool ``benchmark_echo`` with the text that it is
given.

    python benchmarks/mcp_servers.py NAME http|stdio

Over HTTP all of them stand on one server, that of Mosaic's HTTP door, whose port it prints; Mosaic's MCP is
behind the whole door. `bare-asgi` is the least that an application on that server can do, `bare-h11` the least
that trio and h11 can, `bare` over stdio a loop.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import trio

TOOL = "benchmark_echo"
_MOST = 1024
_SCHEMA = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
App = Callable[[Any, Any, Any], Awaitable[None]]


def answer(message: dict[str, Any]) -> bytes:
    """Return what the bare servers answer."""
    text = message["params"]["arguments"]["text"]
    result = {
        "content": [{"type": "text", "text": json.dumps({"text": text})}],
        "isError": False,
        "structuredContent": {"text": text},
        "resultType": "complete",
    }
    return json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}).encode()


async def bare_app(scope: Any, receive: Any, send: Any) -> None:
    """Answer as an ASGI application."""
    body = (await receive())["body"]
    found = answer(json.loads(body))
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(found))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": found})


async def bare_h11(stream: trio.SocketStream) -> None:
    """Answer with nothing but h11."""
    import h11

    parser = h11.Connection(h11.SERVER)
    async with stream:
        while True:
            body = b""
            while not isinstance(event := parser.next_event(), h11.EndOfMessage):
                if event is h11.NEED_DATA:
                    data = await stream.receive_some(2**16)
                    if not data:
                        return
                    parser.receive_data(data)
                elif isinstance(event, h11.Data):
                    body += event.data
            found = answer(json.loads(body))
            headers = [("content-type", "application/json"), ("content-length", str(len(found)))]
            events = [h11.Response(status_code=200, headers=headers), h11.Data(data=found), h11.EndOfMessage()]
            await stream.send_all(b"".join(parser.send(one) or b"" for one in events))
            parser.start_next_cycle()


def low_level() -> Any:
    """Return the SDK's low-level server."""
    import mcp_types as types
    from mcp.server.lowlevel import Server

    async def call(_ctx: Any, params: Any) -> Any:
        text = (params.arguments or {})["text"]
        block = types.TextContent(text=json.dumps({"text": text}))
        return types.CallToolResult(content=[block], structured_content={"text": text})

    async def tools(_ctx: Any, _params: Any) -> Any:
        return types.ListToolsResult(tools=[types.Tool(name=TOOL, input_schema=_SCHEMA)])

    return Server("bench", on_call_tool=call, on_list_tools=tools, get_tool_input_schema=lambda _name: _SCHEMA)


def high_level() -> Any:
    """Return the SDK's `MCPServer`, which was `FastMCP`."""
    from mcp.server.mcpserver import MCPServer

    server = MCPServer("bench")

    def benchmark_echo(text: str) -> dict[str, str]:
        return {"text": text}

    server.tool()(benchmark_echo)
    return server


def separate_fastmcp() -> Any:
    """Return the server of the package `fastmcp`."""
    from fastmcp import FastMCP

    server = FastMCP("bench")

    def benchmark_echo(text: str) -> dict[str, str]:
        return {"text": text}

    server.tool(benchmark_echo)
    return server


def plugin() -> Any:
    """Return a plugin of Mosaic's with the one operation."""
    import attrs

    from mosaic_hookspecs import Manifest, Operation, OperationKind, hookimpl

    @attrs.frozen(kw_only=True)
    class Echo:
        """A text."""

        text: str

    async def echo(data: Echo, _call: Any) -> Echo:
        return Echo(text=data.text)

    class Plugin:
        @hookimpl
        def mosaic_operations(self, context: Any) -> Any:
            return [
                Operation(
                    name="benchmark.echo",
                    kind=OperationKind.QUERY,
                    input=Echo,
                    output=Echo,
                    handler=echo,
                    permission="benchmark:read",
                    summary="Echo.",
                )
            ]

    return "benchmark", Plugin, Manifest(summary="Echoes.")


async def mosaic(transport: str) -> None:
    """Serve a kernel with that plugin."""
    from mosaic_kernel import Kernel

    settings: dict[str, Any] = {
        "allow": ["http", "mcp", "memory", "benchmark"],
        "ports.storage": "memory",
        "ports.transport": ["http", "mcp"],
        "plugins.mcp.tools": ["benchmark.echo"],
        "plugins.mcp.token": False,
        "plugins.http.rate": 1e9,
        "plugins.mcp.sessions": _MOST,
    }
    if transport == "stdio":
        settings["plugins.mcp.stdio"] = [0, 1]
    with tempfile.TemporaryDirectory() as name:
        made = Kernel(
            profile="", directory=Path(name), environment={}, settings=settings, plugins=[plugin()], serves=True
        )
        async with made as kernel:
            provider = kernel.port("transport").get("mcp")
            if transport == "stdio":
                await provider.until_left()
                return
            while not provider.addresses:  # noqa: ASYNC110 - it can only be looked at
                await trio.sleep(0.01)
            print(provider.addresses[0].rpartition(":")[2].partition("/")[0], flush=True)
            await trio.sleep_forever()


class Quiet:
    """A log that keeps nothing."""

    def __getattr__(self, _name: str) -> Any:
        return lambda *_args, **_facts: self


async def listen(serve: Callable[[trio.SocketListener], Awaitable[None]]) -> None:
    """Listen at a free port, print it, and serve."""
    [listener] = await trio.open_tcp_listeners(0, host="127.0.0.1", backlog=_MOST)
    print(listener.socket.getsockname()[1], flush=True)
    await serve(listener)


async def serve_h11(listener: trio.SocketListener) -> None:
    """Serve with nothing but h11."""
    await trio.serve_listeners(bare_h11, [listener])


async def serve_app(app: App) -> None:
    """Serve an application on the server of Mosaic's HTTP door."""
    from mosaic_http.serving.server import Server
    from mosaic_http.settings import Config

    await listen(Server(app, Config(), Quiet()).serve)  # type: ignore[arg-type]


async def serve_low_level(transport: str) -> None:
    """Serve the SDK's low-level server, with nothing around it."""
    server = low_level()
    if transport == "stdio":
        from mcp.server.stdio import stdio_server

        async with stdio_server() as (incoming, outgoing):
            await server.run(incoming, outgoing, server.create_initialization_options())
        return
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    manager = StreamableHTTPSessionManager(server)
    async with manager.run():
        await serve_app(manager.handle_request)


async def serve_starlette(app: Any) -> None:
    """Serve an application of Starlette's, with its lifespan."""
    async with app.router.lifespan_context(app):
        await serve_app(app)


async def serve_high_level(transport: str) -> None:
    """Serve the SDK's `MCPServer`."""
    server = high_level()
    if transport == "stdio":
        await server.run_stdio_async()
    else:
        await serve_starlette(server.streamable_http_app())


async def serve_fastmcp(transport: str) -> None:
    """Serve the package `fastmcp`."""
    server = separate_fastmcp()
    if transport == "stdio":
        await server.run_stdio_async(show_banner=False)
    else:
        await serve_starlette(server.http_app(path="/mcp"))


def bare_stdio() -> None:
    """Answer in a loop."""
    for line in sys.stdin.buffer:
        message = json.loads(line)
        if "id" in message and message["method"] == "tools/call":
            sys.stdout.buffer.write(answer(message) + b"\n")
            sys.stdout.buffer.flush()


async def main(name: str, transport: str) -> None:
    """Serve one of them."""
    match name:
        case "mosaic":
            await mosaic(transport)
        case "sdk":
            await serve_low_level(transport)
        case "mcpserver":
            await serve_high_level(transport)
        case "fastmcp":
            await serve_fastmcp(transport)
        case "bare-asgi":
            await serve_app(bare_app)
        case "bare-h11":
            await listen(serve_h11)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    if sys.argv[1:] == ["bare", "stdio"]:
        bare_stdio()
    else:
        trio.run(main, *sys.argv[1:])
