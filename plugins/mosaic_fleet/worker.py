"""One worker, while it is registered here: what it can do, what it holds, whether it waits."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import attrs
import trio

from mosaic_hookspecs import AgentOffer

from .held import Held, Key


@attrs.define(eq=False)
class Taker:
    """A `work.take` that waits."""

    came: trio.Event = attrs.field(factory=trio.Event)
    held: Held | None = None


@attrs.define(eq=False)
class Worker:
    """A worker. `heard` is trio's time; `registered_at`, `heard_at` and `since` (when it came into its `state`)
    are milliseconds since 1970 UTC. `coming` was claimed for it, and has reached no take yet.
    """

    name: str
    kind: str
    labels: frozenset[str]
    is_general: bool
    capacity: int
    registered_at: int
    heard_at: int
    heard: float
    since: int
    is_draining: bool = False
    is_silent: bool = False
    accepted: int = 0
    refused: int = 0
    released: int = 0
    takers: list[Taker] = attrs.field(factory=list)
    held: dict[Key, Held] = attrs.field(factory=dict)
    coming: deque[Held] = attrs.field(factory=deque)
    last_state: str = ""

    @property
    def state(self) -> str:
        """``silent``, ``draining``, ``working``, ``waiting``, or ``idle`` (between two calls)."""
        if self.is_silent:
            return "silent"
        if self.is_draining:
            return "draining"
        if self.held:
            return "working"
        return "waiting" if self.takers else "idle"

    @property
    def room(self) -> int:
        """How many more attempts it takes now."""
        waiting = sum(taker.held is None for taker in self.takers)
        return max(0, min(waiting, self.capacity - len(self.given()) - len(self.coming)))

    @property
    def is_offered(self) -> bool:
        """Whether it can be reckoned with, now or soon."""
        return not self.is_draining and not self.is_silent

    def offer(self) -> AgentOffer:
        """Return what it offers to a claim."""
        return AgentOffer(
            name=self.name, labels=self.labels, is_general=self.is_general, room=self.room, is_remote=True
        )

    def given(self) -> Sequence[Held]:
        """Return what it has been given and not reported, oldest first."""
        return [held for held in self.held.values() if not held.is_reported]

    def bring(self, held: Held, lease_seconds: float, patience: float) -> None:
        """Hand an attempt to a take that waits; else let it wait for the next one, for `patience` seconds."""
        for taker in self.takers:
            if taker.held is None:
                self._hand(held, lease_seconds)
                taker.held = held
                taker.came.set()
                return
        held.give(patience)
        self.coming.append(held)

    def next_coming(self, lease_seconds: float) -> Held | None:
        """Return what waits for it, if anything does."""
        if not self.coming:
            return None
        held = self.coming.popleft()
        self._hand(held, lease_seconds)
        return held

    def take_back(self, held: Held, patience: float) -> None:
        """Take back what a take could not deliver."""
        if self.held.pop(held.key, None) is not None and not held.is_reported:
            held.is_given = False
            held.give(patience)
            self.coming.appendleft(held)

    def let_go(self, held: Held) -> None:
        """Forget an attempt."""
        self.held.pop(held.key, None)
        if held in self.coming:
            self.coming.remove(held)

    def _hand(self, held: Held, seconds: float) -> None:
        held.is_given = True
        held.give(seconds)
        self.held[held.key] = held
