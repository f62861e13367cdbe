"""An agent of the configuration: a model in a loop. Holds nothing between attempts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import attrs

from mosaic_hookspecs.agents import AgentResult, Assignment
from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import InputError
from mosaic_hookspecs.offers import AGENTS_CHANGED, AgentOffer
from mosaic_hookspecs.telling import tell_task
from mosaic_hookspecs.workspace import Workspace

from .attempt import Attempt
from .command_tool import command_tool
from .configuration import AgentSettings
from .file_tools import file_tools
from .inside import Inside
from .listing import listing_tool
from .operation_tools import operation_tools
from .prompting import system_prompt
from .searching import search_tool
from .tool import Tool


class LoopAgent:
    """Does tasks by a model that calls tools.

    Args:
        name: what tasks and people call it.
        settings: its model and its bounds.
        context: the kernel, by which it reaches the model and Mosaic's operations.
    """

    def __init__(self, name: str, settings: AgentSettings, context: Context) -> None:
        self._name = name
        self._settings = settings
        self._context = context
        self._running = 0

    @property
    def offer(self) -> AgentOffer:
        """Any task, or those with its labels; as many more as there is room for."""
        labels = frozenset(self._settings.labels)
        room = self._settings.room
        return AgentOffer(
            name=self._name,
            labels=labels,
            is_general=not labels,
            room=None if room is None else max(0, room - self._running),
        )

    async def run(self, assignment: Assignment) -> AgentResult:
        """Make one attempt; see `mosaic_hookspecs.Agent.run`. A model that stays unavailable gives it back."""
        workspace = assignment.workspace
        if workspace is None:
            raise InputError(
                "no-workspace",
                f"the agent {self._name!r} needs a place to work in",
                where="workspace",
                expected="a task with a workspace",
                hint="Give the task `workspace: git` or `workspace: directory`.",
            )
        assignment = attrs.evolve(assignment, agent=assignment.agent or self._name)
        with self._counted():
            attempt = Attempt(
                assignment,
                self._settings,
                self._context.port("models"),
                await self._tools(assignment, workspace),
                system_prompt(self._settings),
                await tell_task(self._context.dispatch, assignment, self._settings.context_bytes),
            )
            return await attempt.work()

    async def _tools(self, assignment: Assignment, workspace: Workspace) -> Sequence[Tool]:
        settings, inside = self._settings, Inside(workspace.path)
        commands = [command_tool(workspace, settings, assignment.journal.output)] if settings.commands else []
        return (
            *file_tools(inside),
            listing_tool(inside),
            search_tool(inside, settings.search_seconds),
            *commands,
            *await operation_tools(self._context, assignment, settings),
        )

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._running += 1
        self._tell()
        try:
            yield
        finally:
            self._running -= 1
            self._tell()

    def _tell(self) -> None:
        if self._settings.room is not None:
            self._context.bus.publish(AGENTS_CHANGED, {"agent": self._name})
