"""What the tasks that are being worked on print: the last line of each, as it comes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing

import trio

from mosaic_hookspecs.errors import MosaicError

from .top_link import Link
from .top_picture import Key, Row, task_key

_MOST = 12


class Hearing:
    """Listens to the first few tasks; `lines` holds what was heard last, by task."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._lines: dict[Key, str] = {}
        self._scopes: dict[Key, trio.CancelScope] = {}

    @property
    def lines(self) -> Mapping[Key, str]:
        """The last line of each task that has printed something since it is listened to."""
        return self._lines

    def forget(self) -> None:
        """Begin anew, with another link."""
        self._lines.clear()
        self._scopes.clear()

    def listen(self, link: Link, working: Sequence[Row], nursery: trio.Nursery) -> None:
        """Listen to these attempts, and to no others any more."""
        wanted = {(*task_key(task), str(task["token"])): task for task in working[:_MOST]}
        for attempt in [attempt for attempt in self._scopes if attempt not in wanted]:
            self._scopes.pop(attempt).cancel()
            self._lines.pop(attempt[:-1], None)
        for attempt, task in wanted.items():
            if attempt not in self._scopes:
                self._scopes[attempt] = trio.CancelScope()
                nursery.start_soon(self._hear, link, task, self._scopes[attempt])

    async def _hear(self, link: Link, task: Row, scope: trio.CancelScope) -> None:
        data = {name: task[name] for name in ("run_id", "task_id", "token")}
        with scope:
            try:
                async with aclosing(link.follow("task.output", data)) as pieces:
                    async for piece in pieces:
                        if said := _last_line(piece["text"]):
                            self._lines[task_key(task)] = said
                            self._on_change()
            except MosaicError:
                return  # the attempt, or the operation, is not there: the picture's own line is shown


def _last_line(text: str) -> str:
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "")
