"""Mosaic's own MCP server, lent to the agent for one attempt.

Owns asking for the loan (operation ``mcp.lend``), putting it as the protocol does, and giving it back. Where
nobody lends, the agent works without.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import attrs
import trio

from mosaic_hookspecs import Assignment, Log, MosaicError

from .gate import Dispatch
from .values import mapping

NAME = "mosaic"
_RECALL_SECONDS = 5.0


@attrs.frozen(kw_only=True)
class Loan:
    """A way to Mosaic's MCP server: over HTTP (`url` and `bearer`), or by a program."""

    url: str = ""
    bearer: str = attrs.field(default="", repr=False)
    command: tuple[str, ...] = ()
    environment: Mapping[str, str] = attrs.field(factory=dict, repr=False)

    @property
    def secrets(self) -> frozenset[bytes]:
        """What nobody may read."""
        return frozenset({self.bearer.encode()}) if self.bearer else frozenset()

    def servers(self, capabilities: Mapping[str, Any]) -> list[dict[str, Any]]:
        """Return the ``mcpServers`` of a session, as far as an agent of these capabilities takes them."""
        if self.url and mapping(capabilities, "mcpCapabilities").get("http") is True:
            headers = [{"name": "Authorization", "value": f"Bearer {self.bearer}"}] if self.bearer else []
            return [{"type": "http", "name": NAME, "url": self.url, "headers": headers}]
        if not self.command:
            return []
        program, *arguments = self.command
        variables = [{"name": name, "value": value} for name, value in self.environment.items()]
        return [
            {
                "name": NAME,
                "command": shutil.which(program) or program,
                "args": arguments,
                "env": variables,
            }
        ]


@asynccontextmanager
async def lent(dispatch: Dispatch, assignment: Assignment, agent: str, log: Log) -> AsyncIterator[Loan]:
    """Borrow Mosaic's MCP server for the length of the block."""
    attempt = {"run_id": assignment.run_id, "task_id": assignment.spec.task_id, "token": assignment.token}
    try:
        answer = await dispatch("mcp.lend", {**attempt, "agent": agent})
    except MosaicError as error:
        log.debug("acp.nothing-lent", agent=agent, code=error.code)
        yield Loan()
        return
    try:
        yield Loan(
            url=str(getattr(answer, "url", "") or ""),
            bearer=str(getattr(answer, "bearer", "") or ""),
            command=tuple(getattr(answer, "command", ()) or ()),
            environment=dict(getattr(answer, "environment", {}) or {}),
        )
    finally:
        with trio.CancelScope(shield=True), trio.move_on_after(_RECALL_SECONDS):
            try:
                await dispatch("mcp.recall", attempt)
            except MosaicError as error:
                log.debug("acp.not-recalled", agent=agent, code=error.code)
