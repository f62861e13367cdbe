"""The plugin: an agent for each that the configuration names, and the runner of ``review`` checks."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.hooks import Health, Provision, hookimpl

from .configuration import Config


class LoopPlugin:
    """Provides the built-in agents, and reviews. Without agents and reviewers it does nothing."""

    Config = Config

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Make the agents; none asks a model before it has a task."""
        config: Config = context.config
        config.require_sense()
        from .review_check import ReviewCheck

        provisions = [
            Provision(port="agents", name="check:review", provider=ReviewCheck(config.reviewers, context))
        ]
        if config.agents:
            from .agent import LoopAgent

            provisions += [
                Provision(port="agents", name=name, provider=LoopAgent(name, settings, context))
                for name, settings in config.agents.items()
            ]
        return provisions

    @hookimpl
    async def mosaic_health(self, context: Context) -> Health:
        """Tell whose model is not there. Asks no model."""
        config: Config = context.config
        here = context.port("models").names()
        wanted = [(name, one.model) for name, one in config.agents.items()]
        wanted += [(name, one.model) for name, one in config.reviewers.items()]
        found = [f"{name}: there is no model {model!r}" for name, model in wanted if model not in here]
        return Health(is_well=not found, detail="; ".join(found))
