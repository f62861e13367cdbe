"""When a drive claims, and for which agents: those that work in this process's slots, and those elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs

from mosaic_hookspecs.commands import Claim
from mosaic_hookspecs.context import Context
from mosaic_hookspecs.offers import AgentOffer

from .config import Config
from .crew import agents_here
from .lookahead import Lookahead
from .rooms import Rooms
from .slots import Seat

_MOST_ELSEWHERE = 256
"""Leases that one claim takes for agents which work elsewhere and name no limit."""


@attrs.frozen(eq=False)
class Asked:
    """A claim to be made, whether it is for agents elsewhere, the slots that were taken for it, and what is
    called once it is answered.
    """

    claim: Claim
    is_elsewhere: bool
    slots: int
    answered: Callable[[], None]


class Claiming:
    """Makes the claims of one drive. `is_wanted` says that something may have become ready, or that an agent
    may take more. Claims for our own slots are made when it is this drive's turn to take one; ahead of slots
    also in between, while no other drive waits for any.
    """

    def __init__(  # noqa: PLR0913 - what a claim depends on
        self,
        *,
        context: Context,
        config: Config,
        seat: Seat,
        rooms: Rooms,
        holder: str,
        run_id: str,
        poke: Callable[[], None],
    ) -> None:
        self.is_wanted = True
        self.ahead = Lookahead(config.prefetch)
        self.agents: dict[str, Any] = {}
        self._has_more = False
        self._context = context
        self._config = config
        self._most = config.parallelism
        self._seat = seat
        self._rooms = rooms
        self._holder = holder
        self._run_id = run_id
        self._poke = poke
        self._open: set[Callable[[], None]] = set()

    def claims(self, backlog: int) -> Sequence[Asked]:
        """Return the claims to be made now. `backlog` is how many leases wait for a slot."""
        seat = self._seat
        if not (self.is_wanted or self._has_more):
            if not backlog:
                seat.leave()
            return ()
        is_next = seat.is_next
        ahead = 0 if seat.has_rivals and not is_next else max(0, self.ahead.extra - backlog)
        if not (self.is_wanted or is_next or ahead):
            return ()
        here = agents_here(self._context)
        self.agents = {name: provider for name, (_, provider) in here.items()}
        offers = self._rooms.left([offer for offer, _ in here.values()], self._again)
        elsewhere = [offer for offer in offers if offer.is_remote] if self.is_wanted else []
        local = [offer for offer in offers if not offer.is_remote]
        self.is_wanted = self._has_more = False
        claims: list[Asked] = []
        if elsewhere:
            room = sum(_MOST_ELSEWHERE if offer.room is None else offer.room for offer in elsewhere)
            claims.append(self._asked(elsewhere, min(room, _MOST_ELSEWHERE)))
        if not local:
            seat.leave()
            return claims
        slots = seat.take(self._most)
        self._has_more = not slots + ahead
        if not self._has_more:
            claims.append(self._asked(local, slots + ahead, slots))
        return claims

    def got(self, asked: Asked, count: int) -> None:
        """Note how many leases a claim for our own slots got: where it got all, there may be more."""
        self._has_more = count >= asked.claim.limit
        if self._has_more:
            self._seat.wait()
        else:
            self._seat.leave()

    def close(self) -> None:
        """Leave the room of claims that will not be answered any more to others."""
        for answered in tuple(self._open):
            answered()

    def _again(self) -> None:
        self.is_wanted = True
        self._poke()

    def _asked(self, offers: Sequence[AgentOffer], limit: int, slots: int | None = None) -> Asked:
        claim = Claim(
            holder=self._holder,
            offers=offers,
            limit=limit,
            lease_seconds=self._config.lease_seconds,
            quotas=self._config.quotas,
            run_id=self._run_id,
        )
        free = self._rooms.ask(offers)

        def answered() -> None:
            self._open.discard(answered)
            free()

        self._open.add(answered)
        return Asked(claim, slots is None, slots or 0, answered)
