"""The plugin: the planner ``model``, and the operations by which clients plan themselves."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs import Call, Context, Operation, OperationKind, Provision, hookimpl

from .planner import ModelPlanner
from .records import Brief, Sampled, SamplePlan, SubmitPlan, Submitted, WhatToPlan
from .settings import Config


class ModelPlannerPlugin:
    """Plans with models. Without one, nothing changes: the rules planner stays the default."""

    Config = Config

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Provide the planner; nothing is asked before it is used."""
        return [Provision(port="planning", name="model", provider=ModelPlanner(context))]

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare ``plan.brief``, ``plan.submit`` and ``plan.sample``."""

        async def brief(request: WhatToPlan, call: Call) -> Brief:
            from .submitting import Submitting

            return await Submitting(context).brief(request, call)

        async def submit(request: SubmitPlan, call: Call) -> Submitted:
            from .submitting import Submitting

            return await Submitting(context).submit(request, call)

        async def sample(request: SamplePlan, call: Call) -> Sampled:
            from .sampling import Sampling

            return await Sampling(context).sample(request, call)

        return [
            Operation(
                name="plan.brief",
                kind=OperationKind.QUERY,
                input=WhatToPlan,
                output=Brief,
                handler=brief,
                permission="plan:read",
                summary="Say how to write a plan of a document or goal yourself.",
            ),
            Operation(
                name="plan.submit",
                kind=OperationKind.COMMAND,
                input=SubmitPlan,
                output=Submitted,
                handler=submit,
                permission="plan:write",
                summary="Hand in a plan that you wrote; answers with what is wrong until it passes the gates.",
            ),
            Operation(
                name="plan.sample",
                kind=OperationKind.COMMAND,
                input=SamplePlan,
                output=Sampled,
                handler=sample,
                permission="plan:write",
                summary="Plan with the client's own model, where the client offers sampling.",
            ),
        ]
