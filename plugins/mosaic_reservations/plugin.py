"""The plugin that keeps reservations of files and predicts overlaps."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.hooks import hookimpl
from mosaic_hookspecs.operations import Operation

from .configuration import Config


class ReservationsPlugin:
    """Advisory reservations of files, bound to attempts; overlaps of edits, predicted."""

    Config = Config

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare the operations on files."""
        from .desk import Desk
        from .forecast import Forecast
        from .operations import operations

        config: Config = context.config or Config()
        return operations(Desk(context, config), Forecast(context, config))
