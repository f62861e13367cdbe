"""The plugin: its configuration, and how the listening socket survives a reload."""

from collections.abc import Sequence

import attrs

from mosaic_hookspecs import Context, Provision, State, hookimpl

from .transport import FingerTransport


@attrs.frozen(kw_only=True)
class Config:
    """What can be configured under ``plugins.finger``."""

    host: str = attrs.field(default="127.0.0.1", metadata={"help": "The address to listen at."})
    port: int = attrs.field(default=7979, metadata={"help": "The port; 0: any that is free."})
    seconds: float = attrs.field(
        default=10.0,
        validator=attrs.validators.gt(0.0),
        metadata={"help": "How long one question and its answer may take."},
    )


class FingerPlugin:
    """Puts one transport into the port ``transport``; the kernel runs it where it serves."""

    Config = Config
    transport: FingerTransport

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Provide the transport; it opens nothing until it serves."""
        config: Config = context.config or Config()
        self.transport = FingerTransport(context, config.host, config.port, config.seconds)
        context.on_cleanup(self.transport.close)
        return [Provision(port="transport", name="finger", provider=self.transport)]

    @hookimpl
    async def mosaic_export_state(self, context: Context) -> State | None:
        """Hand the listening socket to the next generation, so that nobody is refused meanwhile."""
        listening = self.transport.listening
        return State(resources={"listening": listening.dup()}) if listening else None

    @hookimpl
    async def mosaic_import_state(self, context: Context, state: State) -> None:
        """Go on with the socket of the generation before, if it is where this one is to listen."""
        self.transport.adopt(state.resources["listening"])

    @hookimpl
    async def mosaic_drain(self, context: Context) -> None:
        """Let the clients that are there have their answers."""
        await self.transport.finish()
