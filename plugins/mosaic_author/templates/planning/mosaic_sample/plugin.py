"""The plugin class: provides the task source."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs import Context, Provision, TaskSource, hookimpl


class SamplePlugin:
    """Provides the planning port. The kernel makes an instance for each generation."""

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Make the source; it holds nothing open. By its name `mosaic run` knows what kind it is."""
        from .source import StepsSource  # only who plans pays for importing it

        source: TaskSource = StepsSource()
        return [Provision(port="planning", name="source:sample", provider=source)]
