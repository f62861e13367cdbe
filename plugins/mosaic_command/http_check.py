"""The check ``http``: starts a server, asks it for a path, and ends it.

Owns the waiting and the judging. The server runs in the checked directory like any other process, and
ends with everything it started.
"""

from __future__ import annotations

import socket

import attrs
import trio

from mosaic_hookspecs import Check, CheckOutcome, Completed, Directory, InputError, JsonObject, OnOutput

from .command_line import read_command, read_environment, refuse_unknown
from .http_request import Answer, request

_KEYS = ("run", "argv", "shell", "environment", "path", "status", "contains")
_KEPT_LOG = 8192
_POLL_SECONDS = 0.05


@attrs.frozen(kw_only=True)
class _Expected:
    """What the server should answer."""

    path: str
    status: int
    contains: str


class HttpCheck:
    """Runs ``http`` checks: parameters ``argv`` or ``run`` of a server in which ``{port}`` stands for a
    free port, ``path`` (default ``/``), ``status`` (default 200), ``contains`` (a part of the answer's
    body), ``environment``. The server must listen on 127.0.0.1.
    """

    @property
    def name(self) -> str:
        """The kind of check."""
        return "http"

    async def run(self, check: Check, directory: Directory, on_output: OnOutput) -> CheckOutcome:
        """Run the check within its time; see `mosaic_hookspecs.CheckRunner`."""
        where = f"checks.{check.name}"
        refuse_unknown(check.parameters, _KEYS, where)
        expected = _read_expected(check.parameters, where)
        port = _free_port()
        argv = read_command(check.parameters, where, {"port": str(port)})
        server = _Server(on_output)
        outcome: CheckOutcome | None = None
        environment = {**read_environment(check.parameters, where), "PORT": str(port)}
        async with trio.open_nursery() as nursery:
            nursery.start_soon(server.run, directory, argv, environment)
            with trio.move_on_after(check.timeout_seconds):
                outcome = await _judge(server, port, expected)
            nursery.cancel_scope.cancel()
        if outcome is None:
            outcome = CheckOutcome(
                passed=False,
                summary=f"no answer on port {port} within {check.timeout_seconds:g} seconds",
                output=b"Does the server listen on 127.0.0.1 and on the port it is told ({port})? Where "
                b"workspaces are confined, it also needs plugins.workspaces.checks_network.",
            )
        return attrs.evolve(outcome, output=outcome.output + server.log_tail())


class _Server:
    """The server under test, and the end of what it said."""

    def __init__(self, on_output: OnOutput) -> None:
        self._on_output = on_output
        self._log = bytearray()
        self.ended = trio.Event()
        self.completed: Completed | None = None

    async def run(self, directory: Directory, argv: list[str], environment: dict[str, str]) -> None:
        self.completed = await directory.execute(argv, environment=environment, on_output=self._hear)
        self.ended.set()

    def log_tail(self) -> bytes:
        return b"\n--- the server's log ---\n" + bytes(self._log[-_KEPT_LOG:]) if self._log else b""

    def _hear(self, data: bytes) -> None:
        self._log += data
        if len(self._log) > 2 * _KEPT_LOG:
            del self._log[:-_KEPT_LOG]
        self._on_output(data)


async def _judge(server: _Server, port: int, expected: _Expected) -> CheckOutcome:
    answer: Answer | None = None
    while answer is None:
        if server.completed is not None:
            return CheckOutcome(
                passed=False,
                exit_code=server.completed.exit_code,
                summary=f"the server ended with exit code {server.completed.exit_code} before it answered",
            )
        answer = await request("127.0.0.1", port, expected.path)
        if answer is None:
            with trio.move_on_after(_POLL_SECONDS):
                await server.ended.wait()
    text = answer.body.decode(errors="replace")
    shown = f"GET {expected.path} → {answer.status}\n".encode() + answer.body[:_KEPT_LOG]
    if answer.status != expected.status:
        summary = f"GET {expected.path} answered {answer.status} instead of {expected.status}"
        return CheckOutcome(passed=False, summary=summary, output=shown)
    if expected.contains not in text:
        summary = f"GET {expected.path} answered {answer.status} without {expected.contains!r}"
        return CheckOutcome(passed=False, summary=summary, output=shown)
    return CheckOutcome(passed=True, summary=f"GET {expected.path} answered {answer.status}", output=shown)


def _read_expected(parameters: JsonObject, where: str) -> _Expected:
    path, status = parameters.get("path", "/"), parameters.get("status", 200)
    contains = parameters.get("contains", "")
    if not isinstance(path, str) or not path.startswith("/") or any(sign <= " " for sign in path):
        raise _wrong(f"{where}.path", "a path that begins with / and has no spaces", path)
    if isinstance(status, bool) or not isinstance(status, int):
        raise _wrong(f"{where}.status", "a status code such as 200", status)
    if not isinstance(contains, str):
        raise _wrong(f"{where}.contains", "a text", contains)
    return _Expected(path=path, status=status, contains=contains)


def _wrong(where: str, expected: str, got: object) -> InputError:
    return InputError(
        "bad-check", "the check cannot be read", where=where, expected=expected, got=repr(got)[:80]
    )


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port
