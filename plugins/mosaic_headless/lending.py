"""Asks for a connection to Mosaic's MCP server that is bound to one attempt, and gives it back."""

from __future__ import annotations

import shlex
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio

from mosaic_hookspecs.agents import Assignment
from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import MosaicError, NotFound, Refused, Unavailable

from .preset import HandOver, Mcp

_RECALL_SECONDS = 5.0


@attrs.frozen(kw_only=True)
class Loan:
    """How the agent is told of the server: the preset's words, and the values of their placeholders."""

    hand_over: HandOver = HandOver()
    values: Mapping[str, Any] = attrs.field(factory=dict, repr=False)

    @property
    def is_there(self) -> bool:
        """Whether there is a connection."""
        return bool(self.values)


@asynccontextmanager
async def lent(
    context: Context | None, mcp: Mcp | None, assignment: Assignment, agent: str, *, writes: bool = True
) -> AsyncIterator[Loan]:
    """Lend a connection for the length of the block; none where the server, or the preset's way, is missing.
    `writes` is whether files may be put into the agent's home: what is not written there would tell it nothing.
    """
    mcp = None if mcp is None else _usable(mcp, writes=writes)
    if context is None or mcp is None:
        yield Loan()
        return
    attempt = {"run_id": assignment.run_id, "task_id": assignment.spec.task_id, "token": assignment.token}
    try:
        answer = await context.dispatch("mcp.lend", {**attempt, "agent": agent})
    except (NotFound, Unavailable, Refused) as error:
        context.log.debug("headless.no-tools", agent=agent, why=str(error))
        yield Loan()
        return
    try:
        yield _loan(mcp, answer)
    finally:
        with trio.CancelScope(shield=True, deadline=trio.current_time() + _RECALL_SECONDS):
            try:
                await context.dispatch("mcp.recall", attempt)
            except MosaicError as error:
                context.log.debug("headless.not-recalled", agent=agent, why=str(error))


def _usable(mcp: Mcp, *, writes: bool) -> Mcp | None:
    ways = (mcp.http, mcp.stdio)
    http, stdio = (way if way is not None and (writes or not way.files) else None for way in ways)
    return Mcp(http=http, stdio=stdio) if http is not None or stdio is not None else None


def _loan(mcp: Mcp, answer: Any) -> Loan:
    command = list(answer.command)
    variables = dict(answer.environment)
    values = {
        "url": answer.url,
        "bearer": answer.bearer,
        "command": command,
        "command_line": shlex.join(command),
        "program": command[0] if command else "",
        "program_arguments": command[1:],
        "variables": variables,
    }
    if mcp.http is not None and answer.url:
        return Loan(hand_over=mcp.http, values=values)
    if mcp.stdio is not None and command:
        return Loan(hand_over=mcp.stdio, values=values)
    return Loan()
