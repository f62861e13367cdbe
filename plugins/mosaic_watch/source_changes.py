"""Changes below directories, at once and at any depth: for code, while somebody works on it.

Rests on watchfiles. Its thread wakes at every step, so this is for development only.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
import trio

_REMOVED = 3


@attrs.frozen(kw_only=True)
class Changed:
    """What has changed, and which of it was taken away, even if it was back before anybody looked."""

    paths: frozenset[Path] = frozenset()
    removed: frozenset[Path] = frozenset()


class SourceChanges:
    """What changes below `directories`, which must exist."""

    def __init__(self, directories: Iterable[Path], *, debounce_ms: int, step_ms: int) -> None:
        from watchfiles._rust_notify import RustNotify

        # The library's own asynchronous form needs five seconds to be cancelled.
        self._notify: Any = RustNotify([str(one) for one in directories], False, False, 0, True, True)
        self._timing = (debounce_ms, step_ms)
        self._limiter = trio.CapacityLimiter(1)

    async def next(self, seconds: float = 0) -> Changed:
        """Wait for changes, and return what has changed since the last call, when it has become quiet;
        nothing, if nothing changes for `seconds` (0: for ever). Cancelling takes a step.
        """
        stop = threading.Event()
        done = trio.Event()
        found = Changed()

        async def look() -> None:
            nonlocal found
            changes = await trio.to_thread.run_sync(
                self._notify.watch, *self._timing, int(seconds * 1000), stop, limiter=self._limiter
            )
            if not isinstance(changes, str):
                removed = {Path(path) for kind, path in changes if kind == _REMOVED}
                written = {Path(path) for kind, path in changes if kind != _REMOVED}
                found = Changed(paths=frozenset(removed | written), removed=frozenset(removed - written))
            done.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(look)
            try:
                await done.wait()
            finally:
                # The thread must not outlive the interpreter; it looks at this once a step.
                stop.set()
        return found

    def close(self) -> None:
        """Stop watching."""
        self._notify.close()
