"""The plugin: a provider of the models port for each endpoint of the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.hooks import Health, Provision, hookimpl

from .configuration import Config

if TYPE_CHECKING:
    from .endpoint_model import EndpointModel


class ModelsPlugin:
    """Provides language models. Without endpoints it does nothing, and it calls nobody before it is asked."""

    Config = Config

    def __init__(self) -> None:
        self._models: Sequence[EndpointModel] = ()

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Make a provider for each endpoint; none connects yet."""
        config: Config = context.config
        if not config.endpoints:
            return []
        config.require_sense()
        from .endpoint_model import EndpointModel

        self._models = [EndpointModel(name, endpoint) for name, endpoint in config.endpoints.items()]
        return [Provision(port="models", name=model.name, provider=model) for model in self._models]

    @hookimpl
    async def mosaic_health(self, context: Context) -> Health:
        """Tell which keys are missing. Asks no endpoint."""
        found = [model.trouble for model in self._models if model.trouble]
        return Health(is_well=not found, detail="; ".join(found))
