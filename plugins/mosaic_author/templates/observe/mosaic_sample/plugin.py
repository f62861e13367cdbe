"""The plugin class: provides the observer, answers its counts, and hands them over at a reload."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs
from mosaic_hookspecs import (
    Call,
    Context,
    Observer,
    Operation,
    OperationKind,
    Provision,
    State,
    hookimpl,
)

from .observer import CountingObserver
from .tally import Tally

_LAYOUT = 1


@attrs.frozen(kw_only=True)
class Config:
    """What can be configured under ``plugins.sample``."""

    path: str = attrs.field(
        default="event-counts.json",
        metadata={"help": "The file, relative to the state directory."},
    )


@attrs.frozen(kw_only=True)
class AskCounts:
    """Asks for the counts."""


@attrs.frozen(kw_only=True)
class Counts:
    """How many events there were of each kind, up to the event number `newest`."""

    newest: int = attrs.field(metadata={"help": "The newest event that was counted."})
    counts: Mapping[str, int] = attrs.field(metadata={"help": "Maps a kind to how many there were."})


class SamplePlugin:
    """Provides the observe port. The kernel makes an instance for each generation."""

    Config = Config

    def __init__(self) -> None:
        self._counting: CountingObserver | None = None

    @hookimpl
    async def mosaic_provide(self, context: Context) -> Sequence[Provision]:
        """Make the observer, and go on from the file."""
        config: Config = context.config
        self._counting = CountingObserver(context.state_directory / config.path)
        await self._counting.load()
        provider: Observer = self._counting
        return [Provision(port="observe", name="sample", provider=provider)]

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare the operation that answers the counts."""

        async def counts(data: AskCounts, call: Call) -> Counts:
            tally = self._counting.tally if self._counting else Tally()
            return Counts(newest=tally.newest, counts=dict(tally.counts))

        return [
            Operation(
                name="sample.counts",
                kind=OperationKind.QUERY,
                input=AskCounts,
                output=Counts,
                handler=counts,
                permission="event:read",
                summary="Say how many events of each kind there were.",
            )
        ]

    @hookimpl
    async def mosaic_export_state(self, context: Context) -> State | None:
        """Hand the counts over as data: the next generation's classes are others."""
        return State(version=_LAYOUT, data=self._counting.tally.to_data()) if self._counting else None

    @hookimpl
    async def mosaic_import_state(self, context: Context, state: State) -> None:
        """Go on where the generation before stood: the file may have been read before its last write."""
        state.require(_LAYOUT)
        if self._counting is not None:
            self._counting.tally = Tally.from_data(state.data)
