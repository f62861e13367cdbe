"""A configured program as an agent: it is told the task in a prompt, and takes any that it can."""

from __future__ import annotations

import os

import attrs

from mosaic_hookspecs import AgentOffer, AgentResult, Assignment, JsonObject, fill_prompt

from .agent import CommandAgent
from .configuration import Program


class ProgramAgent:
    """Does tasks by a program of the configuration.

    Args:
        name: what tasks and people call it.
        program: how it is run.
        runner: what runs it, as it runs a task's own command.
    """

    def __init__(self, name: str, program: Program, runner: CommandAgent) -> None:
        self._name = name
        self._program = program
        self._runner = runner
        labels = frozenset(program.labels)
        self._offer = AgentOffer(name=name, labels=labels, is_general=not labels)

    @property
    def offer(self) -> AgentOffer:
        """Any task, or those with its labels."""
        return self._offer

    async def run(self, assignment: Assignment) -> AgentResult:
        """Run the program in the workspace; see `mosaic_hookspecs.Agent.run`. Its exit code says only
        whether it reports success.
        """
        program = self._program
        where = f"plugins.command.agents.{self._name}.prompt"
        prompt = fill_prompt(program.prompt, assignment, where)
        inherited = {name: os.environ[name] for name in program.inherit if name in os.environ}
        work: JsonObject = {
            "argv": list(program.argv),
            "prompt": prompt.replace("$", "$$"),
            "environment": {**inherited, **program.environment},
        }
        return await self._runner.run(attrs.evolve(assignment, spec=attrs.evolve(assignment.spec, work=work)))
