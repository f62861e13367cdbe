"""What an attempt works with: the providers of the ports, and the driver's way to the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from mosaic_hookspecs.agents import Agent, CheckRunner, offers_of
from mosaic_hookspecs.commands import AgentOffer, Command
from mosaic_hookspecs.context import Context, Log
from mosaic_hookspecs.errors import Unavailable
from mosaic_hookspecs.storage import Storage
from mosaic_hookspecs.workspace import WorkspaceProvider

CHECK_PREFIX = "check:"


class Crew(Protocol):
    """The driver, as its attempts see it."""

    storage: Storage
    log: Log
    verification_seconds: float
    serves_all: bool

    @property
    def verifying(self) -> AbstractAsyncContextManager[Any, Any]:
        """Entered while an attempt is verified that took no slot."""

    async def submit(self, commands: Sequence[Command]) -> None:
        """Apply commands, and return when they are durable; raises the refusal."""

    def fail(self, error: Exception) -> None:
        """End the whole drive with this error."""

    def agent(self, name: str) -> Agent | None:
        """Return the agent that a lease was claimed for; None: it has gone since."""

    def check_runner(self, uses: str) -> CheckRunner:
        """Return what runs checks of a kind. Raises `Unavailable`."""

    def workspace(self, name: str) -> WorkspaceProvider:
        """Return a workspace provider. Raises `Unavailable`."""


class Providers:
    """What attempts ask the ports for. `agents` are those that the newest claim was for, by name."""

    def __init__(self, context: Context) -> None:
        self.agents: Mapping[str, Agent] = {}
        self._context = context

    def agent(self, name: str) -> Agent | None:
        """Return the agent that a lease was claimed for; None: it has gone since."""
        return self.agents.get(name)

    def check_runner(self, uses: str) -> CheckRunner:
        """Return what runs checks of a kind. Raises `Unavailable`."""
        return check_runner(self._context, uses)

    def workspace(self, name: str) -> WorkspaceProvider:
        """Return a workspace provider. Raises `Unavailable`."""
        return workspace(self._context, name)


def agents_here(context: Context) -> Mapping[str, tuple[AgentOffer, Any]]:
    """Map the names of the agents that are here to their offers and their handles."""
    port = context.port("agents")
    found: dict[str, tuple[AgentOffer, Any]] = {}
    for name in port.names():
        if not name.startswith(CHECK_PREFIX):
            try:
                provider = port.get(name)
                offers = offers_of(provider)
            except Unavailable:
                continue
            found.update((offer.name, (offer, provider)) for offer in offers)
    return found


def check_runner(context: Context, uses: str) -> CheckRunner:
    """Return what runs checks of the kind `uses`. Raises `Unavailable`."""
    port = context.port("agents")
    if CHECK_PREFIX + uses not in port.names():
        kinds = sorted(
            name.removeprefix(CHECK_PREFIX) for name in port.names() if name.startswith(CHECK_PREFIX)
        )
        raise Unavailable(
            "no-check-runner",
            f"no plugin here runs checks of the kind {uses!r}",
            expected=", ".join(kinds) or "a plugin that provides check runners",
            hint="Install and enable the plugin that provides it, then `mosaic retry`.",
        )
    runner: CheckRunner = port.get(CHECK_PREFIX + uses)
    return runner


def workspace(context: Context, name: str) -> WorkspaceProvider:
    """Return the workspace provider `name`. Raises `Unavailable`."""
    port = context.port("workspace")
    if name not in port.names():
        raise Unavailable(
            "no-workspace",
            f"there is no workspace provider {name!r} here",
            expected=" or ".join(port.names()) or "a plugin that provides workspaces",
            hint="Enable the plugin that provides it, or choose another workspace.",
        )
    provider: WorkspaceProvider = port.get(name)
    return provider
