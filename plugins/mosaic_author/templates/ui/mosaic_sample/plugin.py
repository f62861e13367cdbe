"""The plugin class: provides the panel."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from mosaic_hookspecs import Context, Interface, Provision, hookimpl

from .notes import NotesInterface


@attrs.frozen(kw_only=True)
class Config:
    """What can be configured under ``plugins.sample``."""

    title: str = attrs.field(default="Notes", metadata={"help": "What stands above the notes."})
    notes: Sequence[str] = attrs.field(default=(), metadata={"help": "The notes, as plain text."})


class SamplePlugin:
    """Provides the ui port. The kernel makes an instance for each generation."""

    Config = Config

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Make the panel; a changed configuration makes the next generation, with another panel."""
        config: Config = context.config
        provider: Interface = NotesInterface(config.title, config.notes)
        return [Provision(port="ui", name="sample", provider=provider)]
