"""The plugin: its configuration and its two providers."""

from collections.abc import Mapping, Sequence

import attrs

from mosaic_hookspecs import Context, Provision, hookimpl

from .announce import AnnounceAgent
from .follow_up import FollowUp


@attrs.frozen(kw_only=True)
class Config:
    """What can be configured under ``plugins.workflow-hooks``."""

    after: Mapping[str, str] = attrs.field(
        factory=dict,
        metadata={"help": "Workflow by workflow, which one is started when a run of it was accepted."},
    )


class WorkflowHooksPlugin:
    """Hooks into workflows at two places: what a step can do, and what happens when a run ends."""

    Config = Config

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Provide the step and the observer."""
        config: Config = context.config or Config()
        return [
            Provision(port="agents", name="action:announce", provider=AnnounceAgent()),
            Provision(port="observe", name="follow-up", provider=FollowUp(context, config.after)),
        ]
