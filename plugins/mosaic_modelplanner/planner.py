"""The planner ``model``: plans with an endpoint of the models port."""

from __future__ import annotations

import attrs

from mosaic_hookspecs import Context, Model, ModelReply, ModelRequest, Plan, PlanRequest, Unavailable

from .settings import Config


@attrs.frozen
class EndpointMouth:
    """Asks a provider of the models port."""

    name: str
    _model: Model

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Ask once."""
        return await self._model.complete(request)


class ModelPlanner:
    """`mosaic_hookspecs.planning.Planner` by a model, in four phases; see `phases`."""

    name = "model"

    def __init__(self, context: Context) -> None:
        self._context = context

    async def plan(self, request: PlanRequest) -> Plan:
        """Make a plan that passes the gates.

        Raises:
            InputError: as `phases.Phases.plan`.
            Unavailable: so too; or no endpoint is configured (code ``no-model``).
        """
        from .asking import Asking
        from .phases import Phases, require_plannable

        config: Config = self._context.config or Config()
        require_plannable(request, config)
        port = self._context.port("models")
        names = port.names()
        wanted = config.endpoint or next(iter(names), "")
        if wanted not in names:
            raise Unavailable(
                "no-model",
                f"there is no model endpoint {wanted!r} here" if wanted else "no model endpoint is configured",
                expected=" or ".join(names) or "one under plugins.models.endpoints",
                hint="Configure one, or plan without --planner; a coding agent can plan by plan_submit.",
            )
        asking = Asking(self._context, config, EndpointMouth(wanted, port.get(wanted)))
        return await Phases(self._context, asking).plan(request)
