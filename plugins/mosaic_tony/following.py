"""What happens in a system, from a position on: each event once, in order, over ended connections too."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from functools import partial

from .patience import patiently
from .server import MCPServer
from .views import Happening, record_of

_WAIT_SECONDS = 3600.0
_NONE = ("-",)


class Following:
    """An asynchronous iterator over events, which may be left at any time. It ends behind an event of a kind in
    `last`, and else never. `after` None: only what happens from now on.
    """

    def __init__(  # noqa: PLR0913 - what is followed, and how
        self,
        mcp: MCPServer,
        *,
        run_id: str = "",
        after: int | None = 0,
        kinds: Sequence[str] = (),
        last: Sequence[str] = (),
        patience_seconds: float = 60.0,
    ) -> None:
        self._mcp = mcp
        self._about = {"run_id": run_id, "kinds": list(kinds), "wait_seconds": _WAIT_SECONDS}
        self._after = after
        self._last = last
        self._patience = patience_seconds
        self._waiting: deque[Happening] = deque()
        self._has_ended = False

    def __aiter__(self) -> Following:
        return self

    async def __anext__(self) -> Happening:
        """Return the next event, when there is one."""
        if self._has_ended:
            raise StopAsyncIteration
        while not self._waiting:
            after = self._after if self._after is not None else await self._head()
            asked = partial(self._mcp.call, "bridge.events", after=after, **self._about)
            batch = await patiently(asked, self._patience)
            self._waiting.extend(record_of(Happening, event) for event in batch["events"])
            self._after = batch["to"]
        found = self._waiting.popleft()
        self._has_ended = found.kind in self._last
        return found

    async def _head(self) -> int:
        found = await patiently(partial(self._mcp.call, "bridge.events", limit=1, kinds=_NONE), self._patience)
        return int(found["head"])
