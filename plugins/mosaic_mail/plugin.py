"""The plugin that carries messages."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.documents import storage_within
from mosaic_hookspecs.hooks import hookimpl
from mosaic_hookspecs.operations import Operation

from .configuration import Config

if TYPE_CHECKING:
    from .listening import Listening


class MailPlugin:
    """Messages between agents and people: kept, in order, acknowledged, bounded."""

    Config = Config

    def __init__(self) -> None:
        self._listening: Listening | None = None

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare the operations on messages."""
        from .desk import Desk
        from .listening import Listening
        from .operations import operations
        from .post import RESENT, SENT, Post
        from .returns import Returns

        config: Config = context.config or Config()
        store = partial(storage_within, context, config.storage_seconds)
        post = Post(context, config, store)
        self._listening = Listening(context, (SENT, RESENT))
        return operations(Desk(context, config, post, self._listening), Returns(post, store))

    @hookimpl
    async def mosaic_start(self, context: Context) -> None:
        """Be ready to wait for mail; nothing happens before somebody does."""
        if self._listening is not None:
            context.start_soon(self._listening.run)
