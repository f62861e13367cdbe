"""The plugin class of the memory storage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import IntegrityError
from mosaic_hookspecs.hooks import Provision, State, hookimpl

if TYPE_CHECKING:
    from .storage import MemoryStorage

_LAYOUT = 1
"""The version of what a generation hands over: `Content.to_data`."""


class MemoryPlugin:
    """Provides the storage port from memory. What is stored goes from one generation to the next."""

    def __init__(self) -> None:
        self._storage: MemoryStorage | None = None

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Provide an empty store."""
        from .storage import MemoryStorage

        self._storage = MemoryStorage(context.clock)
        return [Provision(port="storage", name="memory", provider=self._storage)]

    @hookimpl
    async def mosaic_export_state(self, context: Context) -> State | None:
        """Hand over everything that is stored, as plain data."""
        if self._storage is None:
            return None
        return State(version=_LAYOUT, data=self._storage.content().to_data())

    @hookimpl
    async def mosaic_import_state(self, context: Context, state: State) -> None:
        """Store what the generation before has stored.

        Raises:
            Refused: it is laid out in another way. IntegrityError: it is damaged.
        """
        from .content import Content

        state.require(_LAYOUT)
        try:
            content = Content.from_data(state.data)
        except (ValueError, TypeError, KeyError) as error:
            raise IntegrityError(
                "damaged-state", "what the old code handed over cannot be read", got=repr(error)[:200]
            ) from error
        if self._storage is not None:
            await self._storage.replace(content)
