"""Who there is: the agents that are here and their roles, and who follows a topic."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

from mosaic_hookspecs.agents import offers_of
from mosaic_hookspecs.context import Context
from mosaic_hookspecs.documents import change_document, documents_of
from mosaic_hookspecs.errors import MosaicError, Refused

from .configuration import Config
from .store import Store

TOPICS = "mail.topics"
_CHECKS = "check:"
_GONE = "gone"


class Directory:
    """Answers who a name, a role or a topic means now."""

    def __init__(self, context: Context, store: Store, config: Config) -> None:
        self._context = context
        self._store = store
        self._config = config

    async def is_here(self, name: str) -> bool:
        """Whether an agent of that name is here."""
        return name in await self._agents()

    async def has_role(self, role: str) -> bool:
        """Whether an agent with that role is here."""
        return any(role in labels for labels in (await self._agents()).values())

    async def roles(self, name: str) -> Sequence[str]:
        """Return the roles of an agent that is here."""
        return sorted((await self._agents()).get(name, ()))

    async def followers(self, topic: str) -> Sequence[str]:
        """Return the names that follow a topic."""
        with self._store() as storage:
            document = await storage.get_document(TOPICS, topic)
        body: Any = document.body if document else {"names": []}
        return tuple(body["names"])

    async def follow(self, topic: str, name: str, *, leave: bool) -> None:
        """Add a follower to a topic, or take one away.

        Raises:
            Refused: there are as many topics, or followers, as there may be (code ``too-many-topics``).
        """
        if not leave and not await self.followers(topic):
            with self._store() as storage:
                topics = await documents_of(storage, TOPICS)
            self._require_room(len(topics))

        def change(body: Any) -> tuple[Any, None]:
            names = list(body["names"]) if body else []
            if leave:
                wanted = [one for one in names if one != name]
            else:
                wanted = names if name in names else [*names, name]
                self._require_room(len(wanted) - 1)
            return (body if wanted == names else {"names": wanted}), None

        with self._store() as storage:
            await change_document(storage, TOPICS, topic, change)
            if leave and not await self.followers(topic):
                await storage.delete_document(TOPICS, topic)

    def _require_room(self, count: int) -> None:
        if count >= self._config.boxes:
            raise Refused(
                "too-many-topics",
                "there are as many topics, or followers of one, as there may be",
                expected=f"at most {self._config.boxes}",
                hint="Follow a topic that there is, or raise plugins.mail.boxes.",
            )

    async def _agents(self) -> Mapping[str, frozenset[str]]:
        """Map the agents that are here to their labels: those that run here, and workers from
        outside.
        """
        found: dict[str, frozenset[str]] = {}
        port = self._context.port("agents")
        for name in port.names():
            if not name.startswith(_CHECKS):
                with contextlib.suppress(MosaicError):
                    found.update((offer.name, offer.labels) for offer in offers_of(port.get(name)))
        with contextlib.suppress(MosaicError):  # who keeps a list of workers need not be here
            listed = await self._context.dispatch("agent.list", {})
            for agent in listed.items:
                if agent.state != _GONE:
                    found[agent.name] = found.get(agent.name, frozenset()) | frozenset(agent.labels)
        return found
