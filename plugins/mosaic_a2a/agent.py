"""A configured agent elsewhere, as a provider of the agents port."""

from __future__ import annotations

import os

import attrs

from mosaic_hookspecs import (
    AGENTS_CHANGED,
    AgentOffer,
    AgentResult,
    Assignment,
    Context,
    InputError,
    Unavailable,
)

from .addresses import Addresses
from .attempt import Attempt
from .card import discover
from .configuration import Config, RemoteAgent
from .exchange import Exchange
from .remote import Remote

_VERSION = {"A2A-Version": "1.0"}


class A2aAgent:
    """Does tasks by an agent elsewhere.

    Args:
        name: what tasks and people call it.
        agent: its configuration.
        config: the plugin's.
        context: the plugin's way to the rest.
    """

    def __init__(self, name: str, agent: RemoteAgent, config: Config, context: Context) -> None:
        self._name = name
        self._agent = agent
        self._config = config
        self._context = context
        self._addresses = Addresses(name, agent)
        labels = frozenset(agent.labels)
        self._offer = AgentOffer(
            name=name, labels=labels, is_general=not labels, room=agent.at_once, is_remote=True
        )
        self._running = 0

    @property
    def offer(self) -> AgentOffer:
        """Any task, or those with its labels, as many as it is given at once."""
        return attrs.evolve(self._offer, room=max(0, self._agent.at_once - self._running))

    async def run(self, assignment: Assignment) -> AgentResult:
        """Make one attempt; see `mosaic_hookspecs.Agent.run`."""
        if assignment.workspace is None:
            raise InputError(
                "no-workspace",
                "what an agent elsewhere makes needs a place to be put in",
                where="workspace",
                expected="a task with a workspace",
                hint="Give the task `workspace: git` or `workspace: directory`.",
            )
        headers, hidden = self._credential()
        config = self._config
        exchange = Exchange(
            {**_VERSION, **headers}, self._agent.ca_file, config.connect_seconds, config.longest_answer
        )
        self._count(1)
        try:
            card = await discover(exchange, self._addresses)
            attempt = Attempt(self._name, self._agent, config, self._context, assignment, hidden)
            return await attempt.make(Remote(exchange, card), card, assignment.workspace)
        finally:
            self._count(-1)

    def _count(self, more: int) -> None:
        self._running += more
        self._context.bus.publish(AGENTS_CHANGED, {"agent": self._name})

    def _credential(self) -> tuple[dict[str, str], frozenset[bytes]]:
        agent = self._agent
        if not agent.secret:
            return {}, frozenset()
        secret = os.environ.get(agent.secret, "")
        if not secret:
            raise Unavailable(
                "no-secret",
                f"the credential for {self._name} is not there",
                where=f"plugins.a2a.agents.{self._name}.secret",
                expected=f"the variable {agent.secret} in Mosaic's environment",
                hint="Set it before Mosaic starts.",
            )
        return {agent.header: f"{agent.scheme} {secret}".strip()}, frozenset({secret.encode()})
