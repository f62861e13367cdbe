"""The plugin class: provides the transport, and hands its socket over at a reload."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import attrs
from mosaic_hookspecs import Context, Provision, State, Transport, hookimpl

if TYPE_CHECKING:
    from .transport import LinesTransport

_LAYOUT = 1
_LISTENER = "listener"


@attrs.frozen(kw_only=True)
class Config:
    """What can be configured under ``plugins.sample``."""

    port: int = attrs.field(
        default=0, metadata={"help": "Where to listen on 127.0.0.1; 0: wherever there is room."}
    )
    strangers: Sequence[str] = attrs.field(
        default=(), metadata={"help": "The permissions of who has not authenticated."}
    )


class SamplePlugin:
    """Provides the transport port. The kernel makes an instance for each generation."""

    Config = Config

    def __init__(self) -> None:
        self._lines: LinesTransport | None = None

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Make the transport; nothing listens before the kernel calls `serve`."""
        from .transport import LinesTransport  # only who serves pays for importing it

        config: Config = context.config
        self._lines = LinesTransport(context, config.port, config.strangers)
        context.on_cleanup(self._lines.close)
        provider: Transport = self._lines
        return [Provision(port="transport", name="sample", provider=provider)]

    @hookimpl
    async def mosaic_export_state(self, context: Context) -> State | None:
        """Hand over a copy of the socket, if it listens. Nobody may be refused while two generations
        change places.
        """
        if self._lines is None or self._lines.listening is None:
            return None
        return State(version=_LAYOUT, resources={_LISTENER: self._lines.listening.dup()})

    @hookimpl
    async def mosaic_import_state(self, context: Context, state: State) -> None:
        """Go on with the socket of the generation before."""
        state.require(_LAYOUT)
        if self._lines is not None and _LISTENER in state.resources:
            self._lines.take_over(state.resources[_LISTENER])
