"""The tool ``run``: a command in the workspace, if the configuration allows it.

Owns the reading of a command line and the policy over it. Without ``*`` there is no shell: what is allowed is a
program and its arguments, and nothing can be joined to it. The policy keeps an agent to its work; what keeps a
program in the workspace is the workspace's own confinement.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from mosaic_hookspecs.errors import MosaicError
from mosaic_hookspecs.workspace import OnOutput, Workspace

from .arguments import Field
from .configuration import ANY_COMMAND, AgentSettings
from .faults import ToolFault
from .tool import Tool, bounded, own_tool

_MOST_SHOWN = 16_000
_LONGEST = 20_000
_OPERATORS = frozenset(";&|<>()")


def command_tool(workspace: Workspace, settings: AgentSettings, on_output: OnOutput) -> Tool:
    """Return the tool over a workspace."""
    allowed = [tuple(one.split()) for one in settings.commands if one.strip()]
    denied = [tuple(one.split()) for one in settings.denied if one.strip()]
    has_shell = (ANY_COMMAND,) in allowed

    async def act(given: Mapping[str, Any]) -> str:
        line = given["command"]
        if not line.strip() or len(line) > _LONGEST or "\0" in line:
            raise ToolFault("that is no command; give one line, such as: " + _example(allowed))
        argv = _shell(line, denied) if has_shell else _program(line, allowed, denied)
        try:
            done = await workspace.execute(argv, timeout_seconds=settings.command_seconds, on_output=on_output)
        except MosaicError as error:
            raise ToolFault(f"it cannot be run: {error}") from None
        output = bounded(done.output.decode("utf-8", "replace"), _MOST_SHOWN)
        if done.timed_out:
            how = f"it took longer than {settings.command_seconds:g} s and was ended"
        elif done.exit_code < 0:
            how = f"it was ended by signal {-done.exit_code}"
        else:
            how = f"exit code {done.exit_code}"
        return f"{how}\n{output}".strip()

    what = "by a shell" if has_shell else f"without a shell; allowed: {', '.join(settings.commands)}"
    return own_tool(
        "run",
        f"Run a command in the workspace, {what}. Answers its exit code and output.",
        (Field(name="command", kind="string", text="The command line.", is_required=True),),
        act,
        changes=True,
    )


def _program(line: str, allowed: Sequence[tuple[str, ...]], denied: Sequence[tuple[str, ...]]) -> list[str]:
    try:
        parts = list(shlex.shlex(line, posix=True, punctuation_chars=";&|<>()"))
        argv = shlex.split(line)
    except ValueError as error:
        raise ToolFault(f"that cannot be read ({error}); are the quotation marks closed?") from None
    if any(part and set(part) <= _OPERATORS for part in parts) or "\n" in line.strip():
        raise ToolFault("there is no shell here: run one program at a time, without ; & | < > or parentheses")
    if not argv:
        raise ToolFault("that is no command; give one line, such as: " + _example(allowed))
    if not any(tuple(argv[: len(one)]) == one for one in allowed):
        names = ", ".join(" ".join(one) for one in allowed)
        raise ToolFault(f"{argv[0]!r} is not allowed here; allowed are commands that begin with: {names}")
    _refuse_denied(argv, denied)
    return argv


def _shell(line: str, denied: Sequence[tuple[str, ...]]) -> list[str]:
    try:
        parts = list(shlex.shlex(line.replace("\n", ";"), posix=True, punctuation_chars=";&|<>()"))
    except ValueError:
        parts = line.split()
    command: list[str] = []
    for part in [*parts, ";"]:
        if set(part) <= _OPERATORS:
            _refuse_denied(command, denied)
            command = []
        else:
            command.append(part)
    return ["/bin/sh", "-c", line]


def _refuse_denied(argv: Sequence[str], denied: Sequence[tuple[str, ...]]) -> None:
    for one in denied:
        if tuple(argv[: len(one)]) == one:
            raise ToolFault(
                f"{' '.join(one)!r} is not allowed here; what you leave in the files is taken as it is"
            )


def _example(allowed: Sequence[tuple[str, ...]]) -> str:
    found = next((one for one in allowed if one != (ANY_COMMAND,)), ("ls", "-la"))
    return " ".join(found)
