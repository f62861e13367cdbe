"""What one MCP ``tools/call`` costs the server, over Streamable HTTP and over stdio, in both eras of the
protocol.

Mosaic answers beside the official SDK's low-level server, its `MCPServer` (which was `FastMCP`), the package
`fastmcp` where it is installed, and the least that is possible on the same server stack; see `mcp_servers`.
Prints round trips a second, p50 and p99 in milliseconds, and microseconds of CPU a call, of the server's
process alone; then the ratios. The least CPU of several rounds, in turns, counts. Asserts nothing.

    python benchmarks/mcp_calls.py [SECONDS A CELL] [ROUNDS]
"""

from __future__ import annotations

import contextlib
import importlib.util
import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import trio
from measuring import Cell, cell_of, cpu_of

HERE = Path(__file__).parent
CLIENTS = (1, 16, 256)
MODERN, LEGACY = "2026-07-28", "2025-11-25"
HAS_FASTMCP = importlib.util.find_spec("fastmcp") is not None
SDKS = ("sdk", "mcpserver", *(("fastmcp",) if HAS_FASTMCP else ()))
HTTP = [(name, era) for name in ("mosaic", *SDKS) for era in (MODERN, LEGACY)]
HTTP += [("bare-asgi", MODERN), ("bare-h11", MODERN)]
STDIO = [(name, era) for name in ("mosaic", *SDKS) for era in (MODERN, LEGACY)] + [("bare", LEGACY)]
META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientInfo": {"name": "benchmark", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
Once = Callable[[], Awaitable[None]]


def call(era: str, number: object = 1) -> dict[str, Any]:
    """Return the request."""
    params: dict[str, Any] = {"name": "benchmark_echo", "arguments": {"text": "hello"}}
    if era == MODERN:
        params["_meta"] = META
    return {"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": params}


INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 0,
    "method": "initialize",
    "params": {
        "protocolVersion": LEGACY,
        "capabilities": {},
        "clientInfo": {"name": "benchmark", "version": "1"},
    },
}
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}


def post(message: object, headers: dict[str, str]) -> bytes:
    """Return a request as it goes over the wire."""
    body = json.dumps(message).encode()
    lines = {
        "host": "127.0.0.1:80",
        "accept": "application/json, text/event-stream",
        "content-type": "application/json",
        "content-length": str(len(body)),
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"POST /mcp HTTP/1.1\r\n{head}\r\n".encode() + body


async def exchange(stream: trio.SocketStream, request: bytes) -> tuple[bytes, bytes]:
    """Send a request; return the head and the body of its answer."""
    await stream.send_all(request)
    data = b""
    while (end := data.find(b"\r\n\r\n")) < 0:
        data += await stream.receive_some(2**16)
    head, body = data[:end].lower(), data[end + 4 :]
    if b"transfer-encoding: chunked" in head:
        while not body.endswith(b"0\r\n\r\n"):
            body += await stream.receive_some(2**16)
    else:
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        while len(body) < length:
            body += await stream.receive_some(2**16)
    return head, body


async def http_client(port: int, era: str) -> Once:
    """Connect, begin a session if the era has them, and return what makes one call."""
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    headers = {"mcp-protocol-version": era}
    if era == MODERN:
        headers |= {"mcp-method": "tools/call", "mcp-name": "benchmark_echo"}
    else:
        head, _ = await exchange(stream, post(INITIALIZE, {}))
        name = head.partition(b"mcp-session-id:")[2].partition(b"\r\n")[0].strip().decode()
        headers["mcp-session-id"] = name
        await exchange(stream, post(INITIALIZED, headers))
    request = post(call(era), headers)

    async def once() -> None:
        head, body = await exchange(stream, request)
        if b" 200 " not in head[:20] or b"hello" not in body:
            sys.exit(f"a server answers {head!r} {body!r}")

    return once


class StdioClient:
    """Many calls at once over one pair of pipes."""

    def __init__(self, process: trio.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._stdin, self._stdout = process.stdin, process.stdout
        self._numbers = itertools.count(1)
        self._waiting: dict[int, trio.Event] = {}
        self._sending = trio.Lock()

    async def read(self) -> None:
        """Hand the answers to who waits for them."""
        kept = b""
        async for data in self._stdout:
            *lines, kept = (kept + data).split(b"\n")
            for line in lines:
                message = json.loads(line)
                if message.get("id") is None:
                    continue
                if "error" in message:
                    sys.exit(f"a server answers {message}")
                self._waiting.pop(message["id"]).set()

    async def ask(self, message: dict[str, Any]) -> None:
        """Send a request, and return when it was answered."""
        number = next(self._numbers)
        event = self._waiting[number] = trio.Event()
        await self.tell({**message, "id": number})
        await event.wait()

    async def tell(self, message: dict[str, Any]) -> None:
        """Send a message."""
        async with self._sending:
            await self._stdin.send_all(json.dumps(message).encode() + b"\n")


@contextlib.asynccontextmanager
async def http_server(name: str) -> AsyncIterator[tuple[int, int]]:
    """Start a server; yield its process and its port."""
    argv = [sys.executable, str(HERE / "mcp_servers.py"), name, "http"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:  # noqa: ASYNC220 - nothing else runs
        assert process.stdout is not None
        try:
            yield process.pid, int(await trio.to_thread.run_sync(process.stdout.readline))
        finally:
            process.kill()


async def measured(pid: int, callers: Sequence[Once], seconds: float) -> Cell:
    """Have every caller call, again and again; return the figures of the time after the warm-up."""
    times: list[float] = []
    is_counting = False

    async def again(once: Once) -> None:
        while True:
            start = time.perf_counter()
            await once()
            if is_counting:
                times.append(time.perf_counter() - start)

    await callers[0]()  # some load what they need at the first call
    async with trio.open_nursery() as nursery:
        for once in callers:
            nursery.start_soon(again, once)
        await trio.sleep(seconds / 3)
        is_counting, before, start = True, cpu_of(pid), time.perf_counter()
        await trio.sleep(seconds)
        spent, took, done = cpu_of(pid) - before, time.perf_counter() - start, tuple(times)
        nursery.cancel_scope.cancel()
    return cell_of(done, took, spent)


async def http_cell(name: str, era: str, clients: int, seconds: float) -> Cell:
    async with http_server(name) as (pid, port):
        return await measured(pid, [await http_client(port, era) for _ in range(clients)], seconds)


async def stdio_cell(name: str, era: str, clients: int, seconds: float) -> Cell:
    argv = [sys.executable, str(HERE / "mcp_servers.py"), name, "stdio"]
    async with trio.open_nursery() as nursery:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        process = await nursery.start(partial(trio.run_process, argv, check=False, **pipes))
        client = StdioClient(process)
        nursery.start_soon(client.read)
        if name != "bare":
            first = INITIALIZE if era == LEGACY else call(era)
            await client.ask(first)
            if era == LEGACY:
                await client.tell(INITIALIZED)
        message = call(era)

        async def once() -> None:
            await client.ask(message)

        found = await measured(process.pid, [once] * clients, seconds)
        nursery.cancel_scope.cancel()
    return found


Measure = Callable[[str, str, int, float], Awaitable[Cell]]
Found = dict[tuple[str, str, int], Cell]


async def compare(
    title: str, rows: Sequence[tuple[str, str]], cell: Measure, seconds: float, rounds: int
) -> Found:
    """Measure every server in turns, print the best of each, and return them."""
    found: Found = {}
    for clients in CLIENTS:
        for _ in range(rounds):
            for name, era in rows:
                one = await cell(name, era, clients, seconds)
                known = found.get((name, era, clients))
                if known is None or one.cpu < known.cpu:
                    found[name, era, clients] = one
    print(f"\n{title}: calls a second, p50 and p99 in ms, CPU in µs a call")
    for clients in CLIENTS:
        print(f"  {clients} client{'s' if clients > 1 else ''}")
        for name, era in rows:
            one = found[name, era, clients]
            label = name if name.startswith("bare") else f"{name}, {era}"
            print(
                f"    {label:<24} {one.rate:9.0f}/s {one.p50:9.2f} {one.p99:9.2f} {one.cpu:9.0f} µs", flush=True
            )
    return found


def ratios(title: str, found: Found, against: Sequence[tuple[str, str]], of: Callable[[Cell], float]) -> None:
    """Print Mosaic's figure over that of others, era by era."""
    print(f"\n{title}")
    for era in (MODERN, LEGACY):
        for name, its_era in against:
            parts = [
                f"{of(found['mosaic', era, clients]) / of(found[name, its_era or era, clients]):8.2f}"
                for clients in CLIENTS
            ]
            print(f"  {era} over {name:<12}" + "".join(parts), flush=True)


async def main(seconds: float, rounds: int) -> None:
    """Compare all of them."""
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    if not HAS_FASTMCP:
        print("The package fastmcp is not installed, and is left out.")
    others = [(name, "") for name in SDKS]
    http = await compare("Streamable HTTP", HTTP, http_cell, seconds, rounds)
    bare = [("bare-asgi", MODERN), ("bare-h11", MODERN)]
    ratios("CPU a call over HTTP, × (1, 16, 256 clients)", http, [*others, *bare], lambda one: one.cpu)
    stdio = await compare("stdio", STDIO, stdio_cell, seconds, rounds)
    ratios("Rate over stdio, × (1, 16, 256 clients)", stdio, [*others, ("bare", LEGACY)], lambda one: one.rate)
    ratios("CPU a call over stdio, ×", stdio, [*others, ("bare", LEGACY)], lambda one: one.cpu)


if __name__ == "__main__":
    trio.run(
        main,
        float(sys.argv[1]) if len(sys.argv) > 1 else 1.5,
        int(sys.argv[2]) if len(sys.argv) > 2 else 2,
    )
