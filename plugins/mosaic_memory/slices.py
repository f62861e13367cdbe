"""Cuts a log into slices, each short enough for whoever else runs in the loop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mosaic_hookspecs.events import Event

BYTES = 2**17
_EVENTS = 100


def slices(events: Sequence[Event]) -> Iterator[Sequence[Event]]:
    """Yield the events in order, few at a time, and fewer of those that say much."""
    start = size = 0
    for number, event in enumerate(events, start=1):
        size += len(event.body) + BYTES // _EVENTS
        if size >= BYTES:
            yield events[start:number]
            start, size = number, 0
    if start < len(events):
        yield events[start:]
