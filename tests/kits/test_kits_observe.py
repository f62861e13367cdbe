"""The kit of the observe port lets a right observer be, and says what is wrong with others."""

from __future__ import annotations

import pytest
import trio
from kit_running import failures, opening, require_told

from mosaic_testing import observe


class Right:
    """Counts each event once."""

    def __init__(self):
        self.seen = 0
        self.count = 0

    async def observe(self, events):
        await trio.lowlevel.checkpoint()
        for event in events:
            if event.sequence > self.seen:
                self.seen = event.sequence
                self.count += 1


class Fragile(Right):
    async def observe(self, events):
        if events[0].sequence <= self.seen:
            raise ValueError(f"event {events[0].sequence} came twice")
        await super().observe(events)


class Gapless(Right):
    async def observe(self, events):
        for event in events:
            if event.sequence > self.seen + 1:
                raise LookupError(f"{self.seen + 1} is missing")
        await super().observe(events)


class Answering(Right):
    async def observe(self, events):
        await super().observe(events)
        return len(events)


class Stubborn(Right):
    async def observe(self, events):
        try:
            await trio.sleep(0.01)
        except trio.Cancelled:
            return
        await super().observe(events)


class Disguising(Right):
    async def observe(self, events):
        try:
            await trio.sleep(0.01)
        except trio.Cancelled as error:
            raise RuntimeError("interrupted") from error
        await super().observe(events)


class Blocking(Right):
    def observe(self, events):
        self.count += len(events)


class Renamed(Right):
    async def observe(self, batch):
        await super().observe(batch)


class OnlyTasks(Right):
    async def observe(self, events):
        for event in events:
            if not event.run_id:
                raise KeyError(event.kind)


async def test_a_right_observer_passes(tmp_path):
    opened = opening("observe", Right, tmp_path)
    assert await failures(observe, opened, tmp_path) == {}


@pytest.mark.parametrize(
    ("observer", "test", "expected"),
    [
        (Fragile, "an_empty_batch_is_no_matter", "observe() raised IndexError for an empty batch"),
        (
            Fragile,
            "events_may_come_again",
            "observe() raised ValueError for events 1 to 10, which came again whole: event 1 came twice",
        ),
        (
            Gapless,
            "it_may_begin_in_the_middle",
            "observe() raised LookupError for a log whose first ten events it never saw: 1 is missing",
        ),
        (
            Answering,
            "it_sees_events_batch_by_batch",
            "observe() returned 1 for events 1 to 1; it returns nothing",
        ),
        (
            Stubborn,
            "cancellation_is_let_through",
            "observe() was cancelled, and returned as if it was not: it caught trio.Cancelled",
        ),
        (
            Disguising,
            "cancellation_is_let_through",
            "observe() was cancelled, and raised RuntimeError (interrupted) instead of letting go",
        ),
        (
            Blocking,
            "it_keeps_the_contract",
            "Observer.observe: expected async observe(events), found observe(events), which is not async",
        ),
        (Renamed, "it_keeps_the_contract", "Observer.observe: expected observe(events), found observe(batch)"),
        (
            OnlyTasks,
            "it_sees_events_batch_by_batch",
            "observe() raised KeyError for events 2 to 12: 'kit.something-of-a-plugin'",
        ),
    ],
)
async def test_a_wrong_observer_is_told(tmp_path, observer, test, expected):
    opened = opening("observe", observer, tmp_path)
    require_told(await failures(observe, opened, tmp_path, only=[f"test_{test}"]), expected)


async def test_slowness_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(observe, "_SECONDS", 0.0)
    found = await failures(
        observe, opening("observe", Right, tmp_path), tmp_path, only=["test_a_large_batch_is_seen_in_time"]
    )
    require_told(found, "s for 10000 events; it may take 0 s")
