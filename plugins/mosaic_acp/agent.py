"""A configured agent, as a provider of the agents port."""

from __future__ import annotations

from mosaic_hookspecs import AgentOffer, AgentResult, Assignment, Context, InputError, Unavailable

from .attempt import Attempt
from .configuration import Config
from .obedience import require_harmless
from .presets import Launch


class AcpAgent:
    """Does tasks by a program that speaks ACP; each attempt is a process and a session of its own.

    Args:
        launch: how the program is started.
        config: the plugin's configuration.
        context: the plugin's way to the rest.
    """

    def __init__(self, launch: Launch, config: Config, context: Context) -> None:
        self._launch = launch
        self._config = config
        self._context = context
        labels = frozenset(launch.settings.labels)
        self._offer = AgentOffer(name=launch.name, labels=labels, is_general=not labels)

    @property
    def offer(self) -> AgentOffer:
        """Any task, or those with its labels."""
        return self._offer

    async def run(self, assignment: Assignment) -> AgentResult:
        """Make one attempt; see `mosaic_hookspecs.Agent.run`."""
        workspace = assignment.workspace
        if workspace is None:
            raise InputError(
                "no-workspace",
                "a coding agent needs a place to work in",
                where="workspace",
                expected="a task with a workspace",
                hint="Give the task `workspace: git` or `workspace: directory`.",
            )
        if not hasattr(workspace, "converse"):
            raise Unavailable(
                "old-workspace",
                "this workspace cannot talk with a process",
                expected="a provider of workspace contract 1.1",
                hint="Upgrade the plugin that provides the workspace, or use the workspaces git or directory.",
            )
        require_harmless(self._launch, workspace.path)
        return await Attempt(self._launch, self._config, self._context, assignment, workspace).make()
