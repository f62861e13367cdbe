"""The agent's terminals: commands that it has Mosaic run, inside the workspace, as the workspace runs them.

Owns each command's bounded output and its end. Refuses to run what the gate refuses, and lets nothing outlive
the attempt.
"""

from __future__ import annotations

import shlex
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import trio

from mosaic_hookspecs import MosaicError, Workspace

from .confining import Fence
from .gate import Gate
from .jsonrpc import BUSY, DENIED, INVALID_PARAMS, NOT_FOUND, CallError
from .patience import Patience
from .values import items, number, required, text
from .wishes import Wish, as_command

_MOST = 32
_HIGH_BITS, _CONTINUES = 0xC0, 0x80


class Terminal:
    """One command of the agent's."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._output = bytearray()
        self._is_truncated = False
        self.scope = trio.CancelScope()
        self.ended = trio.Event()
        self.exit: dict[str, Any] | None = None

    def hear(self, data: bytes) -> None:
        """Take output; what is over the limit goes from the beginning."""
        self._output += data
        if len(self._output) > 2 * self._limit + 65536:
            del self._output[: len(self._output) - self._limit]
            self._is_truncated = True

    def shown(self) -> dict[str, Any]:
        """Return what there is so far, as the protocol says it."""
        data = bytes(self._output)
        if len(data) > self._limit:
            self._is_truncated = True
            data = data[len(data) - self._limit :] if self._limit else b""
        while self._is_truncated and data and data[0] & _HIGH_BITS == _CONTINUES:
            data = data[1:]  # the rest of a character that was cut
        answer: dict[str, Any] = {"output": data.decode(errors="replace"), "truncated": self._is_truncated}
        if self.exit is not None:
            answer["exitStatus"] = self.exit
        return answer

    def end(self, exit_code: int | None) -> None:
        """Note how it ended; None: it was ended."""
        if exit_code is None:
            self.exit = {"exitCode": None, "signal": "SIGTERM"}
        elif exit_code < 0:
            self.exit = {"exitCode": None, "signal": _signal(-exit_code)}
        else:
            self.exit = {"exitCode": exit_code, "signal": None}
        self.ended.set()


class Terminals:
    """The terminals of one attempt."""

    def __init__(  # noqa: PLR0913 - what they stand on
        self,
        workspace: Workspace,
        fence: Fence,
        gate: Gate,
        patience: Patience,
        nursery: trio.Nursery,
        longest: int,
    ) -> None:
        self._workspace = workspace
        self._fence = fence
        self._gate = gate
        self._patience = patience
        self._nursery = nursery
        self._longest = longest
        self._terminals: dict[str, Terminal] = {}
        self._count = 0

    async def create(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Start a command (``terminal/create``)."""
        if len(self._terminals) >= _MOST:
            raise CallError(BUSY, f"there are {_MOST} terminals; release some")
        argv = _argv(params)
        folder = text(params, "cwd")
        wish = Wish(
            kind="execute",
            title=f"run {shlex.join(argv)}"[:200],
            command=as_command(argv),
            folder="" if folder and Path(folder) == self._fence.root else folder,
        )
        passed = await self._gate.let(wish)
        if not passed.is_granted:
            raise CallError(DENIED, f"this command is refused: {passed.reason}")
        limit = number(params, "outputByteLimit")
        terminal = Terminal(self._longest if limit is None else min(limit, self._longest))
        self._count += 1
        name = f"terminal-{self._count}"
        self._terminals[name] = terminal
        self._nursery.start_soon(self._run, terminal, argv, folder, self._variables(params))
        return {"terminalId": name}

    def output(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the output so far (``terminal/output``)."""
        return self._find(params).shown()

    async def wait_for_exit(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Wait for the end (``terminal/wait_for_exit``)."""
        terminal = self._find(params)
        await terminal.ended.wait()
        return dict(terminal.exit or {})

    async def kill(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """End the command, and keep its output (``terminal/kill``)."""
        terminal = self._find(params)
        terminal.scope.cancel()
        await terminal.ended.wait()
        return {}

    async def release(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """End the command, and forget it (``terminal/release``)."""
        answer = await self.kill(params)
        del self._terminals[text(params, "terminalId")]
        return answer

    def _find(self, params: Mapping[str, Any]) -> Terminal:
        name = required(params, "terminalId")
        if name not in self._terminals:
            raise CallError(NOT_FOUND, f"there is no terminal {name}")
        return self._terminals[name]

    @staticmethod
    def _variables(params: Mapping[str, Any]) -> dict[str, str]:
        asked = {text(item, "name"): text(item, "value") for item in items(params, "env")}
        return {
            name: value
            for name, value in asked.items()
            if name and "=" not in name and "\0" not in name + value
        }

    async def _run(self, terminal: Terminal, argv: list[str], folder: str, environment: dict[str, str]) -> None:
        exit_code: int | None = None
        try:
            if folder:
                inside = self._fence.root.joinpath(*self._fence.parts(folder))
                argv = ["/bin/sh", "-c", 'cd -- "$0" && exec "$@"', str(inside), *argv]
            with self._patience.paused(), terminal.scope:
                done = await self._workspace.execute(argv, environment=environment, on_output=terminal.hear)
                exit_code = done.exit_code
        except MosaicError as error:
            terminal.hear(f"{error}\n".encode())
            exit_code = 127
        finally:
            terminal.end(exit_code)


def _argv(params: Mapping[str, Any]) -> list[str]:
    command = required(params, "command")
    arguments = items(params, "args")
    if not all(isinstance(part, str) for part in arguments):
        raise CallError(INVALID_PARAMS, "args must be texts")
    if not arguments and any(sign in command for sign in " \t\n;&|<>$`'\"()*?"):
        # Some agents send a whole line as the command.
        return ["/bin/sh", "-c", command]
    return [command, *arguments]


def _signal(value: int) -> str:
    try:
        return signal.Signals(value).name
    except ValueError:
        return str(value)
