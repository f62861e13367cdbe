"""What becomes of reported work, as the log tells it: one reader for all who wait.

Reads the log only while something was reported and is not decided yet.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import attrs
import trio

from mosaic_hookspecs import Context, Event, Evidence, MosaicError

from .held import Key

_ENDS = {
    "task.accepted": "accepted",
    "task.refused": "refused",
    "task.released": "released",
    "task.skipped": "skipped",
    "task.cancelled": "cancelled",
}
_PAGE = 500
_MOST = 5000


@attrs.frozen(kw_only=True)
class Verdict:
    """What became of an attempt. `is_last` says that the task is not tried again by itself."""

    outcome: str
    reason: str = ""
    evidence: Evidence = Evidence()
    is_last: bool = True


@attrs.define(eq=False)
class Expected:
    """Work that was reported, and is not decided yet."""

    worker: str
    outcome: str
    came: trio.Event = attrs.field(factory=trio.Event)
    verdict: Verdict | None = None


class Verdicts:
    """Follows the log for what was reported; `on_verdict` learns of each, with the worker's name."""

    def __init__(self, context: Context, on_verdict: Callable[[str, Verdict], None]) -> None:
        self._context = context
        self._on_verdict = on_verdict
        self._expected: dict[Key, Expected] = {}
        self._decided: OrderedDict[Key, Expected] = OrderedDict()
        self._is_reading = False

    def known(self, key: Key) -> Expected | None:
        """Return what was reported of an attempt, if it was here and not long ago."""
        return self._expected.get(key) or self._decided.get(key)

    async def expect(self, key: Key, worker: str, outcome: str) -> Expected:
        """Look out for what becomes of an attempt; to be called before it is reported to the engine."""
        head = 0 if self._is_reading else await self._context.port("storage").get().head()
        expected = self._expected.get(key)
        if expected is None:
            expected = self._expected[key] = Expected(worker=worker, outcome=outcome)
        if not self._is_reading:
            # Whoever gets here first read the head before anybody's report, since each reports after this.
            self._is_reading = True
            self._context.start_soon(self._read, head)
        return expected

    def forget(self, key: Key, expected: Expected) -> None:
        """Look out no more for what was not reported after all."""
        if self._expected.get(key) is expected:
            del self._expected[key]

    async def _read(self, after: int) -> None:
        storage = self._context.port("storage").get()
        try:
            while self._expected:
                page = await storage.events(after=after, limit=_PAGE)
                for event in page:
                    after = event.sequence
                    if event.kind in _ENDS:
                        self._decide(event)
                if not page:
                    await storage.wait(after)
        except (MosaicError, OSError) as error:
            self._context.log.warning("verdicts.not_read", error=error)
            self._expected.clear()  # the store knows, and is asked by whoever reports again
        finally:
            self._is_reading = False

    def _decide(self, event: Event) -> None:
        name = (event.run_id, event.task_id)
        body: Any = None
        for key in self._of(name):
            body = body if body is not None else json.loads(event.body)
            if body.get("token", key[2]) != key[2]:
                continue
            expected = self._expected.pop(key)
            expected.verdict = verdict = _verdict(event.kind, body, expected.outcome)
            self._decided[key] = expected
            if len(self._decided) > _MOST:
                self._decided.popitem(last=False)
            expected.came.set()
            self._on_verdict(expected.worker, verdict)

    def _of(self, name: tuple[str, str]) -> list[Key]:
        return [key for key in self._expected if key[:2] == name]


def _verdict(kind: str, body: Any, reported: str) -> Verdict:
    outcome = _ENDS[kind]
    return Verdict(
        outcome="failed" if outcome == "refused" and reported == "failed" else outcome,
        reason=body.get("reason") or "",
        evidence=Evidence.from_data(body["evidence"]) if body.get("evidence") else Evidence(),
        is_last=outcome != "released" and body.get("until") is None,
    )
