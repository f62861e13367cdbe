"""What the HTTP door costs: REST requests beside a bare handler that runs the same query, and events to many.

REST: one run is shown again and again over connections that stay, beside one handler of Quart-Trio on
Hypercorn; requests a second, p50 and p99 in milliseconds, and CPU of the server's process a request, best
of several rounds in turns, with their ratio. Fan-out: a command is sent several times a second while many
follow the log, over server-sent events or WebSockets; from before the command is sent until each of them
has read its event, p50 and p99, and CPU of the server's process per delivered event. The clients are
sockets that are looked at by hand, since a thousand clients of a library would measure themselves. Asserts
nothing.

    python benchmarks/http_door.py [SECONDS A CELL] [ROUNDS] [SUBSCRIBERS]
"""

from __future__ import annotations

import base64
import contextlib
import importlib.util
import json
import re
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import attrs
from measuring import Cell, cell_of, cpu_of

HERE = Path(__file__).parent
CLIENTS = (1, 16)
HAS_QUART = all(importlib.util.find_spec(name) for name in ("quart_trio", "hypercorn"))
A_SECOND = 10
_PATIENCE = 60.0
_SENT = re.compile(rb'"reason":"t(\d+)"')


@attrs.frozen
class Served:
    """A server in a process of its own."""

    pid: int
    port: int
    token: str

    def connected(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port))

    def head(self, method: str, path: str, *more: str) -> bytes:
        lines = [
            f"{method} {path} HTTP/1.1",
            f"host: 127.0.0.1:{self.port}",
            f"authorization: Bearer {self.token}",
        ]
        return "\r\n".join([*lines, *more, "", ""]).encode()


@contextlib.contextmanager
def server(name: str) -> Iterator[Served]:
    argv = [sys.executable, str(HERE / "http_door_servers.py"), name]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            port, token = process.stdout.readline().split()
            yield Served(process.pid, int(port), token)
        finally:
            process.kill()


class Asking:
    """One connection that asks again as soon as it was answered."""

    def __init__(self, served: Served) -> None:
        self.socket = served.connected()
        self._request = served.head("GET", "/api/runs/r-1")
        self._seen = b""
        self.ask()

    def ask(self) -> None:
        self._since = time.perf_counter()
        self.socket.sendall(self._request)

    def read(self) -> float | None:
        """Read what has come; return how long the answer took, when it is whole."""
        self._seen += _received(self.socket)
        head, end, body = self._seen.partition(b"\r\n\r\n")
        if not end:
            return None
        found = re.search(rb"content-length: (\d+)", head.lower())
        assert found is not None, head
        if len(body) < int(found[1]):
            return None
        assert head.startswith(b"HTTP/1.1 200"), head
        self._seen = b""
        return time.perf_counter() - self._since


def rest_cell(name: str, clients: int, seconds: float) -> Cell:
    with server(name) as served, contextlib.ExitStack() as stack:
        looking = stack.enter_context(selectors.DefaultSelector())
        for _ in range(clients):
            one = Asking(served)
            stack.callback(one.socket.close)
            looking.register(one.socket, selectors.EVENT_READ, one)
        times: list[float] = []
        begin = time.perf_counter() + seconds / 3
        start, before = 0.0, 0.0
        while (now := time.perf_counter()) < begin + seconds:
            if not start and now >= begin:
                times.clear()
                start, before = now, cpu_of(served.pid)
            for key, _ in looking.select(1):
                took = key.data.read()
                if took is not None:
                    times.append(took)
                    key.data.ask()
        return cell_of(times, time.perf_counter() - start, cpu_of(served.pid) - before)


def subscribed(served: Served, kind: str) -> socket.socket:
    """Return a connection that follows the log, once it does."""
    made = served.connected()
    if kind == "sse":
        made.sendall(served.head("GET", "/api/events?after=now"))
        _until(made, b"retry:")
        return made
    key = base64.b64encode(b"0123456789abcdef").decode()
    more = (
        "upgrade: websocket",
        "connection: Upgrade",
        "sec-websocket-version: 13",
        f"sec-websocket-key: {key}",
    )
    made.sendall(served.head("GET", "/api/live", *more))
    _until(made, b"\r\n\r\n")
    text = json.dumps({"subscribe": "a", "operation": "event.follow", "input": {"after": "now"}}).encode()
    made.sendall(bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text)  # masked with nothing
    _until(made, b"subscribed")
    return made


def _until(made: socket.socket, mark: bytes) -> None:
    seen = b""
    while mark not in seen:
        seen += _received(made)


def _received(made: socket.socket) -> bytes:
    seen = made.recv(2**16)
    if not seen:
        sys.exit("the server has closed a connection that was to stay")
    return seen


def commanding(served: Served, until: float) -> int:
    """Send commands, evenly; return how many."""
    count = 0
    with served.connected() as made:
        at = time.perf_counter()
        while at < until:
            time.sleep(max(0.0, at - time.perf_counter()))
            for verb, body in (("pause", f'{{"reason": "t{time.monotonic_ns()}"}}'), ("resume", "{}")):
                more = ("content-type: application/json", f"content-length: {len(body)}")
                made.sendall(served.head("POST", f"/api/runs/r-1/{verb}", *more) + body.encode())
                _until(made, b"\r\n\r\n")
            count += 1
            at += 1 / A_SECOND
    return count


def fan_out_cell(kind: str, subscribers: int, seconds: float) -> Cell:
    with server("door") as served, contextlib.ExitStack() as stack:
        looking = stack.enter_context(selectors.DefaultSelector())
        for _ in range(subscribers):
            made = stack.enter_context(subscribed(served, kind))
            looking.register(made, selectors.EVENT_READ, made)
        sent: list[int] = []
        start, before = time.perf_counter(), cpu_of(served.pid)
        sender = threading.Thread(target=lambda: sent.append(commanding(served, start + seconds)))
        sender.start()
        times: list[float] = []
        while not sent or len(times) < sent[0] * subscribers:
            found = looking.select(0.1)
            if sent and time.perf_counter() > start + seconds + _PATIENCE:
                sys.exit(f"{len(times)} of {sent[0] * subscribers} events came")
            for key, _ in found:
                seen = _received(key.data)
                now = time.monotonic_ns()
                times += [(now - int(one)) / 1e9 for one in _SENT.findall(seen)]
        sender.join()
        # Two events a command, of which the clients time one.
        one = cell_of(times, time.perf_counter() - start, cpu_of(served.pid) - before)
        return attrs.evolve(one, cpu=one.cpu / 2)


def main(seconds: float, rounds: int, subscribers: int) -> None:
    names = ("door", "quart") if HAS_QUART else ("door",)
    best: dict[tuple[str, int], Cell] = {}
    for clients in CLIENTS:
        for _ in range(rounds):
            for name in names:
                one = rest_cell(name, clients, seconds)
                known = best.get((name, clients))
                if known is None or one.cpu < known.cpu:
                    best[name, clients] = one
    print("REST, GET /api/runs/r-1: requests a second, p50 and p99 in ms, CPU in µs a request")
    for (name, clients), one in best.items():
        label = f"{name}, {clients} client{'s' if clients > 1 else ''}"
        print(f"  {label:<24} {one.rate:9.0f}/s {one.p50:9.2f} {one.p99:9.2f} {one.cpu:9.0f} µs")
    if HAS_QUART:
        rates = [best["door", clients].rate / best["quart", clients].rate for clients in CLIENTS]
        costs = [best["door", clients].cpu / best["quart", clients].cpu for clients in CLIENTS]
        print("  rate × of the bare handler's (goal: at least 0.7)" + "".join(f"{one:8.2f}" for one in rates))
        print("  CPU × of the bare handler's" + "".join(f"{one:8.2f}" for one in costs), flush=True)
    else:
        print("  Quart-Trio and Hypercorn are not installed: there is nothing to compare with.", flush=True)
    print(f"Fan-out to {subscribers}, {2 * A_SECOND} events a second: p50, p99 in ms, CPU in µs an event each")
    for kind in ("sse", "websocket"):
        cells = [fan_out_cell(kind, subscribers, seconds) for _ in range(rounds)]
        one = min(cells, key=lambda cell: cell.cpu)
        print(f"  {kind:<24} {one.p50:19.2f} {one.p99:9.2f} {one.cpu:9.1f} µs", flush=True)


if __name__ == "__main__":
    given = sys.argv[1:]
    main(
        float(given[0]) if given else 4.0,
        int(given[1]) if len(given) > 1 else 3,
        int(given[2]) if len(given) > 2 else 1000,
    )
