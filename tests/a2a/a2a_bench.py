"""What the tests of A2A stand on: one attempt in a real workspace, and a peer that answers what a test says."""

import json
from contextlib import asynccontextmanager, suppress

import h11
import trio

from fake_context import FakeContext
from mosaic_a2a.agent import A2aAgent
from mosaic_a2a.configuration import Config, RemoteAgent
from mosaic_hookspecs import Assignment, TaskSpec, WorkspaceRequest
from mosaic_testing.agents import RecordingJournal
from mosaic_workspaces.configuration import Config as WorkspacesConfig
from mosaic_workspaces.directory_workspace import DirectoryProvider
from mosaic_workspaces.process import ProcessRunner


class Place:
    """Where attempts are made."""

    def __init__(self, directory, provider):
        self.directory = directory
        self.provider = provider
        self.context = None
        self.journal = None
        self.workspace = None
        self.files = {}
        self.attempts = 0

    async def attempt(
        self, url, words="Paint.", *, config=None, operations=None, files=None, links=None, **agent
    ):
        """Make one attempt; what it left is in `files`."""
        self.attempts += 1
        self.context = FakeContext(operations or {})
        self.journal = RecordingJournal()
        request = WorkspaceRequest(run_id="run", task_id="task", token=self.attempts)
        async with self.provider.open(request) as workspace:
            self.workspace = workspace
            for name, content in (files or {}).items():
                (workspace.path / name).parent.mkdir(parents=True, exist_ok=True)
                (workspace.path / name).write_bytes(content)
            for name, target in (links or {}).items():
                (workspace.path / name).symlink_to(target)
            assignment = Assignment(
                run_id="run",
                spec=TaskSpec(task_id="task", title="Paint it", work={"description": words}),
                token=self.attempts,
                attempt=self.attempts,
                journal=self.journal,
                workspace=workspace,
            )
            remote = A2aAgent("painter", RemoteAgent(url=url, **agent), Config(**(config or {})), self.context)
            try:
                return await remote.run(assignment)
            finally:
                self.files = {
                    str(path.relative_to(workspace.path)): path.read_bytes()
                    for path in workspace.path.rglob("*")
                    if path.is_file()
                }

    @property
    def text(self):
        """What people read."""
        return self.journal.written.decode()


@asynccontextmanager
async def open_place(directory):
    """Open a place for attempts."""
    runner = ProcessRunner(WorkspacesConfig(grace_seconds=1.0, linger_seconds=0.5), directory / "state", None)
    try:
        yield Place(directory, DirectoryProvider(runner, directory / "state"))
    finally:
        runner.close()


class Peer:
    """A server that answers as `answers` says: by method (or ``card``), raw bytes or JSON, in turn.

    The last answer is given again and again. A function among them is called with the stream.
    """

    def __init__(self, port, scheme):
        self.url = f"{scheme}://127.0.0.1:{port}"
        self.answers = {}
        self.asked = []
        self.headers = []
        self.streaming = True

    def card(self, **more):
        return {
            "name": "Peer",
            "supportedInterfaces": [
                {"url": f"{self.url}/rpc", "protocolBinding": "JSONRPC", "protocolVersion": "1.0"}
            ],
            "capabilities": {"streaming": self.streaming},
            **more,
        }

    async def serve(self, stream):
        async with stream:
            with suppress(trio.BrokenResourceError, trio.ClosedResourceError):  # the client has had enough
                await self._answer(stream)

    async def _answer(self, stream):
        wire = h11.Connection(h11.SERVER)
        body, head = b"", None
        while True:
            event = wire.next_event()
            if event is h11.NEED_DATA:
                wire.receive_data(await stream.receive_some(65536))
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif isinstance(event, h11.EndOfMessage):
                break
            else:
                return
        self.headers.append({name.decode(): value.decode() for name, value in head.headers})
        message = json.loads(body) if body else {}
        method = message.get("method", "card")
        self.asked.append((method, message.get("params")))
        known = self.answers.get(method, [self.card() if method == "card" else http(404)])
        answer = known.pop(0) if len(known) > 1 else known[0]
        if callable(answer):
            await answer(stream)
        elif isinstance(answer, bytes):
            await stream.send_all(answer)
        else:
            await stream.send_all(http(200, json.dumps(answer).encode()))


def http(status, body=b"", kind="application/json", **headers):
    """Return a raw answer."""
    lines = [f"HTTP/1.1 {status} x", f"content-type: {kind}", f"content-length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def result(**data):
    """Return a JSON-RPC answer."""
    return {"jsonrpc": "2.0", "id": 1, "result": data}


def stream_of(*updates, cut=False):
    """Return the raw answer of a stream; with `cut` it breaks off."""
    body = b"".join(b"data: " + json.dumps(result(**update)).encode() + b"\r\n\r\n" for update in updates)
    head = b"HTTP/1.1 200 x\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    data = head + f"{len(body):x}\r\n".encode() + body + b"\r\n"
    return data if cut else data + b"0\r\n\r\n"


def task(state, *artifacts, words=""):
    """Return a task's snapshot."""
    status = {"state": f"TASK_STATE_{state}"}
    if words:
        status["message"] = {"role": "ROLE_AGENT", "parts": [{"text": words}]}
    return {"id": "t1", "contextId": "c1", "status": status, "artifacts": list(artifacts)}


def artifact(*parts, name="", number="1"):
    """Return an artifact."""
    return {"artifactId": number, "name": name, "parts": list(parts)}


@asynccontextmanager
async def open_peer(tls=None):
    """Serve a peer on a free port."""
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    port = listeners[0].socket.getsockname()[1]
    peer = Peer(port, "https" if tls else "http")
    if tls:
        listeners = [trio.SSLListener(listener, tls, https_compatible=True) for listener in listeners]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.serve_listeners, peer.serve, listeners)
        yield peer
        nursery.cancel_scope.cancel()
