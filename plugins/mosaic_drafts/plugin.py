"""The plugin of drafts."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs import Context, Operation, hookimpl

from .configuration import Config


class DraftsPlugin:
    """Keeps plans that are being changed; works only when asked."""

    Config = Config

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare the operations ``draft.…``."""
        from .operations import operations

        return operations(context)
