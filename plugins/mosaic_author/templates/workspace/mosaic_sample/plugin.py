"""The plugin class: provides scratch directories below the state directory."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from mosaic_hookspecs import Context, Provision, WorkspaceProvider, hookimpl


@attrs.frozen(kw_only=True)
class Config:
    """What can be configured under ``plugins.sample``."""

    grace_seconds: float = attrs.field(
        default=2.0, metadata={"help": "How long processes may take to end before they are killed."}
    )


class SamplePlugin:
    """Provides the workspace port. The kernel makes an instance for each generation."""

    Config = Config

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Make the provider; directories are made when attempts open them."""
        from .scratch import ScratchProvider  # only who opens workspaces pays for importing it

        config: Config = context.config
        root = context.state_directory / "sample-scratch"
        provider: WorkspaceProvider = ScratchProvider(root, config.grace_seconds)
        return [Provision(port="workspace", name="sample", provider=provider)]
