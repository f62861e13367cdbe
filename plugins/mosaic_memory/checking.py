"""What follows from a log, and whether a memory store holds just that."""

from __future__ import annotations

from collections.abc import Iterable

from mosaic_hookspecs.applying import replay
from mosaic_hookspecs.data import digest
from mosaic_hookspecs.errors import IntegrityError
from mosaic_hookspecs.events import GENESIS, Event, find_break
from mosaic_hookspecs.storage import Verification

from .content import Content
from .view import MemoryView


def replayed(events: Iterable[Event]) -> MemoryView:
    """Return the records that follow from a log."""
    view = MemoryView()
    for event in events:
        replay(event, view)
    return view


def require_sound_log(content: Content) -> None:
    """Raise `IntegrityError` (code ``broken-log``) if the chain is broken."""
    broken = find_break(content.events)
    if broken is not None:
        raise IntegrityError("broken-log", f"event {broken.sequence}: {broken.reason}")


def verify(content: Content, view: MemoryView) -> Verification:
    """Check the chain, the records and the blobs."""
    events = content.events
    broken = find_break(events)
    problems: list[str] = []
    if broken is None:
        ours, theirs = view.snapshot(), replayed(events).snapshot()
        problems += [
            f"{part} differ from what follows from the log" for part in ours if ours[part] != theirs[part]
        ]
    problems += [f"blob {name} has other bytes" for name, data in content.blobs.items() if digest(data) != name]
    head = events[-1].hash if events else GENESIS
    return Verification(events=len(events), head=head, broken=broken, problems=tuple(problems))
