"""The plugin class: provides the panel, and declares the operation that answers what it shows."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from mosaic_hookspecs import (
    Call,
    Context,
    Interface,
    Operation,
    OperationKind,
    Provision,
    hookimpl,
)

from .notes import NotesInterface

_OPERATION = "sample.notes"


@attrs.frozen(kw_only=True)
class Config:
    """What can be configured under ``plugins.sample``."""

    title: str = attrs.field(default="Notes", metadata={"help": "What stands above the notes."})
    notes: Sequence[str] = attrs.field(default=(), metadata={"help": "The notes, as plain text."})


@attrs.frozen(kw_only=True)
class AskNotes:
    """Asks for the notes."""


@attrs.frozen(kw_only=True)
class Notes:
    """The notes."""

    notes: Sequence[str] = attrs.field(metadata={"help": "The notes, as plain text."})


class SamplePlugin:
    """Provides the ui port. The kernel makes an instance for each generation."""

    Config = Config

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Make the panel; a changed configuration makes the next generation, with another panel."""
        config: Config = context.config
        provider: Interface = NotesInterface(config.title, _OPERATION)
        return [Provision(port="ui", name="sample", provider=provider)]

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare what the panel reads. Every other door offers it, too."""
        config: Config = context.config

        async def notes(data: AskNotes, call: Call) -> Notes:
            return Notes(notes=tuple(config.notes))

        return [
            Operation(
                name=_OPERATION,
                kind=OperationKind.QUERY,
                input=AskNotes,
                output=Notes,
                handler=notes,
                permission="sample:read",
                summary="Show the notes.",
            )
        ]
