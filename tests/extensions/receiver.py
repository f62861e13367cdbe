"""A receiver of webhooks on loopback: a real HTTP server in a thread."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import trio


class Receiver:
    """Remembers what was POSTed; answers with `status`, after `seconds`."""

    def __init__(self):
        self.status = 200
        self.seconds = 0.0
        self.posts = []
        self.requests = 0
        self.released = threading.Event()

    def types(self):
        return [json.loads(body)["type"] for _, body in self.posts]


@contextmanager
def receiving():
    """Receive for as long as the context lasts; yield the receiver and its URL."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            receiver.requests += 1
            if receiver.seconds:
                receiver.released.wait(receiver.seconds)
            if receiver.status == 200:
                receiver.posts.append((dict(self.headers), body))
            try:
                self.send_response(receiver.status)
                self.send_header("content-length", "0")
                self.end_headers()
            except OSError:
                return

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield receiver, f"http://127.0.0.1:{server.server_port}/hooks?from=mosaic"
    finally:
        receiver.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


async def received(receiver, count):
    """Wait until so many were received."""
    with trio.fail_after(20):
        while len(receiver.posts) < count:  # noqa: ASYNC110 - the receiver is another thread
            await trio.sleep(0.01)
