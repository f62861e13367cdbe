"""The conformance kit of the observe port: what holds for everything that follows the event log.

What an observer makes of the events (a metric, a trace, a message) only its own tests can show.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from mosaic_hookspecs import GENESIS, Draft, Event, JsonObject, Observer, seal_draft

from .cancelling import require_lets_go
from .contracts import require_contract_of
from .opening import OpenProvider

__all__ = ["TestContract", "TestObserver"]

_LARGE = 10_000
_SECONDS = 30.0
_LET_GO_SECONDS = 5.0
_KINDS = ("run.started", "task.claimed", "task.reported", "task.accepted", "kit.something-of-a-plugin")


def _events(count: int) -> list[Event]:
    """Make a whole log, with kinds of the rules and of a plugin, and with awkward text."""
    events: list[Event] = []
    for number in range(1, count + 1):
        kind = _KINDS[number % len(_KINDS)]
        task_id = f"t{number}" if kind.startswith("task.") else ""
        nested: JsonObject = {"list": [1, None, True]}
        body: JsonObject = {"number": number, "text": "ü\u2028 “quoted” \x00 \\ <b>", "nested": nested}
        draft = Draft(kind=kind, run_id="" if kind.startswith("kit.") else "r", task_id=task_id, body=body)
        previous = events[-1].hash if events else GENESIS
        events.append(seal_draft(draft, previous=previous, sequence=number, at=number * 1000, by="kit"))
    return events


async def _see(observer: Any, events: Sequence[Event], what: str) -> None:
    __tracebackhide__ = True
    try:
        answer = await observer.observe(events)
    except Exception as error:
        raise AssertionError(f"observe() raised {type(error).__name__} for {what}: {error}") from error
    assert answer is None, f"observe() returned {answer!r} for {what}; it returns nothing"


class TestContract:
    """Its methods are those of the protocol."""

    async def test_it_keeps_the_contract(self, mosaic_provider: OpenProvider, mosaic_contract: str) -> None:
        async with mosaic_provider() as observer:
            require_contract_of(observer, Observer, contract=mosaic_contract)


class TestObserver:
    """What every observer keeps."""

    async def test_it_sees_events_batch_by_batch(self, mosaic_provider: OpenProvider) -> None:
        events = _events(30)
        async with mosaic_provider() as observer:
            for start, end in ((0, 1), (1, 12), (12, 30)):
                await _see(observer, tuple(events[start:end]), f"events {start + 1} to {end}")

    async def test_an_empty_batch_is_no_matter(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as observer:
            await _see(observer, (), "an empty batch, before any event")
            await _see(observer, _events(1), "the first event")
            await _see(observer, [], "an empty batch")

    async def test_events_may_come_again(self, mosaic_provider: OpenProvider) -> None:
        events = _events(20)
        async with mosaic_provider() as observer:
            await _see(observer, events[:10], "events 1 to 10")
            await _see(observer, events[:10], "events 1 to 10, which came again whole")
            await _see(observer, events[5:20], "events 6 to 20, of which 6 to 10 came again")
            await _see(observer, events[:1], "event 1, which came again last")

    async def test_it_may_begin_in_the_middle(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as observer:
            await _see(observer, _events(20)[10:], "a log whose first ten events it never saw")

    async def test_a_large_batch_is_seen_in_time(self, mosaic_provider: OpenProvider) -> None:
        events = _events(_LARGE)
        async with mosaic_provider() as observer:
            began = time.perf_counter()
            await _see(observer, events, f"{_LARGE} events at once")
            taken = time.perf_counter() - began
        assert taken < _SECONDS, f"observe() took {taken:.0f} s for {_LARGE} events; it may take {_SECONDS:g} s"

    async def test_cancellation_is_let_through(self, mosaic_provider: OpenProvider) -> None:
        events = _events(50)
        async with mosaic_provider() as observer:
            await require_lets_go(observer.observe(events), "observe()", seconds=_LET_GO_SECONDS)
            await _see(observer, events, "events whose first delivery was cancelled")
