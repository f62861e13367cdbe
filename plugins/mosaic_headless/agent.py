"""A coding agent's command line as an agent: told a task in a prompt, heard, and reported by its own words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mosaic_hookspecs.agents import AgentResult, Assignment
from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import InputError, NotFound, Unavailable
from mosaic_hookspecs.offers import AgentOffer
from mosaic_hookspecs.tasks import Budget
from mosaic_hookspecs.workspace import Workspace, WorkspaceRequest

from .configuration import AgentSettings, Config
from .launching import has_own_home, prepare, write_files
from .lending import Loan, lent
from .obedience import require_harmless
from .preset import Preset
from .prompting import make_prompt
from .running import Run
from .story import Story
from .tally import Tally


class HeadlessAgent:
    """Does tasks by a program of the configuration.

    Args:
        name: what tasks and people call it.
        settings: how it is configured.
        preset: how its program is used.
        config: what all agents of the plugin share.
        context: the kernel; None: without context packs, tools and budgets.
    """

    def __init__(
        self, name: str, settings: AgentSettings, preset: Preset, config: Config, context: Context | None
    ) -> None:
        self._name = name
        self._settings = settings
        self._preset = preset
        self._config = config
        self._context = context
        labels = frozenset(settings.labels)
        self._offer = AgentOffer(name=name, labels=labels, is_general=not labels, room=settings.room)

    @property
    def offer(self) -> AgentOffer:
        """Any task, or those with its labels."""
        return self._offer

    async def run(self, assignment: Assignment) -> AgentResult:
        """Make one attempt; see `mosaic_hookspecs.Agent.run`."""
        async with self._workspace(assignment) as workspace:
            require_harmless(self._preset, self._settings, workspace.path, self._name)
            mcp = self._preset.mcp if self._settings.mcp else None
            writes = has_own_home(self._preset, self._settings)
            async with lent(self._context, mcp, assignment, self._name, writes=writes) as loan:
                return await self._attempt(assignment, workspace, loan)

    async def _attempt(self, assignment: Assignment, workspace: Workspace, loan: Loan) -> AgentResult:
        preset, settings = self._preset, self._settings
        prompt = await make_prompt(
            settings.prompt,
            assignment,
            self._context,
            self._config.context_bytes,
            has_tools=loan.is_there,
            where=f"plugins.headless.agents.{self._name}.prompt",
        )
        launch = prepare(preset, settings, assignment, workspace, prompt, loan)
        await write_files(launch, workspace)
        tally = Tally(assignment.journal, settings.model, settings.subscription, prompt)
        run = Run(
            preset=preset,
            settings=settings,
            story=Story(assignment.journal, tally, preset.overloads),
            left=await self._left(assignment),
            linger_seconds=self._config.linger_seconds,
        )
        return await run.carry_out(launch, workspace)

    async def _left(self, assignment: Assignment) -> Budget:
        """Return what the run may still spend, as it is known when the attempt begins."""
        if self._context is None:
            return Budget()
        try:
            view = await self._context.dispatch("run.show", {"run_id": assignment.run_id})
        except (NotFound, Unavailable):
            return Budget()
        budget, spent = view.budget, view.spent
        tokens = None if budget.tokens is None else budget.tokens - spent.input_tokens - spent.output_tokens
        return Budget(
            tokens=None if tokens is None else max(0, tokens),
            money=None if budget.money is None else max(0.0, budget.money - spent.money),
        )

    @asynccontextmanager
    async def _workspace(self, assignment: Assignment) -> AsyncIterator[Workspace]:
        if assignment.workspace is not None:
            yield assignment.workspace
            return
        if self._context is None:
            raise InputError(
                "no-workspace",
                "a coding agent needs a place to work in",
                where="workspace",
                expected="a task with a workspace",
                hint="Give the task `workspace: directory`.",
            )
        # The task asked for none: a directory that is thrown away, which isolates it just the same.
        request = WorkspaceRequest(
            run_id=assignment.run_id,
            task_id=assignment.spec.task_id,
            token=assignment.token,
            title=assignment.spec.title,
        )
        async with self._context.port("workspace").get("directory").open(request) as workspace:
            yield workspace
