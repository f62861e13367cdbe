"""The plugin that makes people agents, and keeps what waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.documents import storage_within
from mosaic_hookspecs.hooks import Provision, hookimpl
from mosaic_hookspecs.operations import Operation

from .configuration import Config

if TYPE_CHECKING:
    from .listening import Listening
    from .person import Person
    from .store import Store


class InboxPlugin:
    """Provides the agent ``person``, and the operations of the inbox."""

    Config = Config

    def __init__(self) -> None:
        self._listening: Listening | None = None
        self._store: Store | None = None
        self._person: Person | None = None

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Provide the agent."""
        from .listening import Listening
        from .person import Person

        config: Config = context.config or Config()
        self._store = partial(storage_within, context, config.storage_seconds)
        self._listening = Listening(context)
        self._person = Person(self._store, self._listening, context.clock, config)
        return [Provision(port="agents", name="person", provider=self._person)]

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare the operations."""
        from .asking import Asking
        from .listing import Listing
        from .operations import operations
        from .working import Working

        config: Config = context.config or Config()
        if self._store is None or self._listening is None:
            return []
        listing = Listing(self._store, context.clock, config)
        working = Working(self._store, listing, context.clock, config)
        return operations(working, Asking(context, config, self._store, self._listening, listing))

    @hookimpl
    async def mosaic_start(self, context: Context) -> None:
        """Be ready to wait for people; nothing happens before somebody does."""
        if self._listening is not None:
            context.start_soon(self._listening.run)

    @hookimpl
    async def mosaic_drain(self, context: Context) -> None:
        """Give back the tasks that people have: nobody knows how long they would take."""
        if self._person is not None:
            self._person.leave()
