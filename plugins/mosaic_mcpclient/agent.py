"""A server as a provider of the agents port: a step ``uses: mcp:SERVER/TOOL`` of a workflow, or a task with the
runtime ``mcp:SERVER``, is one call of a tool.
"""

from __future__ import annotations

from collections.abc import Mapping

from mosaic_hookspecs import AgentOffer, AgentResult, Assignment, InputError, JsonObject

from .neutral import one_line
from .offers import PREFIX
from .server import Server

_KEYS = ("arguments", "tool")
_SUMMARY = 300


class ToolAgent:
    """Takes tasks that name this server, and no others. `work` holds the ``tool`` and its ``arguments``."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._offer = AgentOffer(name=f"{PREFIX}{server.name}")

    @property
    def offer(self) -> AgentOffer:
        """Its name."""
        return self._offer

    async def run(self, assignment: Assignment) -> AgentResult:
        """Call the tool; the outputs are its ``text`` and its ``structured`` content.

        Raises:
            InputError: the work names no tool. Denied, Refused, NotFound, Unavailable: as `Server.call`.
        """
        work = assignment.spec.work
        for key in work:
            if key not in _KEYS:
                raise _wrong(f"work.{key}", "only tool and arguments", key)
        tool, arguments = work.get("tool"), work.get("arguments", {})
        if not isinstance(tool, str) or not tool:
            raise _wrong("work.tool", "the name of a tool", tool)
        if not isinstance(arguments, Mapping):
            raise _wrong("work.arguments", "a mapping", arguments)
        answer = await self._server.call(tool, arguments, tells_difference=False)
        if answer.text:
            assignment.journal.output(answer.text.encode() + b"\n")
        said = one_line(answer.text, _SUMMARY)
        outputs: JsonObject = {"text": answer.text, "structured": dict(answer.structured)}
        if answer.is_error:
            summary = f"the tool {answer.source} says that it failed: {said or 'without words'}"
            return AgentResult(outcome="failed", summary=summary, outputs=outputs)
        return AgentResult(outcome="succeeded", summary=f"called {answer.source}", outputs=outputs)


def _wrong(where: str, expected: str, got: object) -> InputError:
    return InputError(
        "bad-call",
        "this is no call of an external tool",
        where=where,
        expected=expected,
        got=repr(got)[:80],
        hint="In a workflow: `uses: mcp:SERVER/TOOL`, and the arguments under `with`.",
    )
