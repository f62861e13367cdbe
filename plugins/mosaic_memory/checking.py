"""What follows from a log, and whether a memory store holds just that.

Owns how the work is cut into slices: each generator yields between two of them, and returns what was found.
What is checked must not change meanwhile.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping
from itertools import zip_longest
from typing import Any, TypeAlias, TypeVar

from mosaic_hookspecs.applying import replay
from mosaic_hookspecs.data import digest
from mosaic_hookspecs.errors import IntegrityError
from mosaic_hookspecs.events import GENESIS, ChainBreak, find_break
from mosaic_hookspecs.records import run_to_data, task_to_data
from mosaic_hookspecs.storage import Verification

from .content import Content
from .slices import BYTES, slices
from .view import MemoryView, Records

T = TypeVar("T")
Sliced: TypeAlias = Generator[None, None, T]
_RECORDS_A_SLICE = 100


async def in_slices(work: Sliced[T], pause: Callable[[], Awaitable[object]]) -> T:
    """Carry out work, and pause between two of its slices."""
    while True:
        try:
            next(work)
        except StopIteration as ended:
            found: T = ended.value
            return found
        await pause()


def replayed(content: Content) -> Sliced[MemoryView]:
    """Return the records that follow from the log."""
    view = MemoryView()
    for part in slices(content.events):
        for event in part:
            replay(event, view)
        yield
    return view


def broken(content: Content) -> Sliced[ChainBreak | None]:
    """Return where the chain is broken, if it is."""
    before = (0, GENESIS)
    for part in slices(content.events):
        found = find_break(part, after=before)
        if found is not None:
            return found
        before = (part[-1].sequence, part[-1].hash)
        yield
    return None


def require_sound_log(content: Content) -> Sliced[None]:
    """Raise `IntegrityError` (code ``broken-log``) if the chain is broken."""
    found = yield from broken(content)
    if found is not None:
        raise IntegrityError("broken-log", f"event {found.sequence}: {found.reason}")


def verified(content: Content, records: Records) -> Sliced[Verification]:
    """Check the chain, the records and the blobs."""
    events = content.events
    found = yield from broken(content)
    problems: list[str] = []
    if found is None:
        wanted = yield from replayed(content)
        problems += yield from _differences(records, wanted.records())
    problems += yield from _bad_blobs(content.blobs)
    head = events[-1].hash if events else GENESIS
    return Verification(events=len(events), head=head, broken=found, problems=tuple(problems))


def _differences(ours: Records, theirs: Records) -> Sliced[list[str]]:
    """Say which of the records are others than those that follow from the log."""
    problems: list[str] = []
    for what, of in (("runs", _runs), ("tasks", _tasks), ("counters", _counters)):
        for number, (is_, should_be) in enumerate(zip_longest(of(ours), of(theirs)), start=1):
            if is_ != should_be:
                problems.append(f"{what} differ from what follows from the log")
                break
            if number % _RECORDS_A_SLICE == 0:
                yield
    return problems


def _runs(records: Records) -> Iterator[Any]:
    return (run_to_data(records.runs[name]) for name in sorted(records.runs))


def _tasks(records: Records) -> Iterator[Any]:
    for key, record in records.tasks.items():
        stored = records.stored[key]
        yield task_to_data(record), stored.spec.to_data(), stored.dependants


def _counters(records: Records) -> Iterator[Any]:
    return ((key, records.counters[key]) for key in sorted(records.counters) if records.counters[key])


def _bad_blobs(blobs: Mapping[str, bytes]) -> Sliced[list[str]]:
    problems: list[str] = []
    size = 0
    for name, data in blobs.items():
        if digest(data) != name:
            problems.append(f"blob {name} has other bytes")
        size += len(data)
        if size >= BYTES:
            size = 0
            yield
    return problems
