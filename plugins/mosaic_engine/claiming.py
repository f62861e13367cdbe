"""When a drive claims, and for which agents: those that work in this process's slots, and those elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import attrs

from mosaic_hookspecs.commands import Claim
from mosaic_hookspecs.context import Context
from mosaic_hookspecs.offers import AgentOffer

from .attempt import Attempt
from .config import Config
from .crew import agents_here
from .lookahead import Lookahead
from .slots import Slots

_MOST_ELSEWHERE = 256
"""Leases that one claim takes for agents which work elsewhere and name no limit."""


class Claiming:
    """Makes the claims of one drive. `is_wanted` says that something may have become ready, or that an agent
    may take more; claims for our own slots also wait until one is free.
    """

    def __init__(self, context: Context, config: Config, slots: Slots, holder: str, run_id: str) -> None:
        self.is_wanted = True
        self.ahead = Lookahead(slots.total, config.prefetch)
        self.agents: dict[str, Any] = {}
        self._is_wanted_here = True
        self._context = context
        self._config = config
        self._slots = slots
        self._holder = holder
        self._run_id = run_id

    def claims(self, held: Iterable[Attempt], backlog: int) -> Sequence[tuple[Claim, bool]]:
        """Return the claims to be made now, each with whether it is for agents that work elsewhere.

        Args:
            held: the attempts whose leases the drive holds.
            backlog: how many of them wait for a slot.
        """
        if not (self.is_wanted or self._is_wanted_here):
            return ()
        self.ahead.adapt(has_backlog=backlog > 0)
        limit = self._slots.free + self.ahead.extra - backlog
        if not self.is_wanted and limit <= 0:
            return ()
        here = agents_here(self._context)
        self.agents = {name: provider for name, (_, provider) in here.items()}
        offers = _with_room([offer for offer, _ in here.values()], held)
        elsewhere = [offer for offer in offers if offer.is_remote] if self.is_wanted else []
        local = [offer for offer in offers if not offer.is_remote]
        self.is_wanted, self._is_wanted_here = False, limit <= 0
        claims: list[tuple[Claim, bool]] = []
        if elsewhere:
            room = sum(_MOST_ELSEWHERE if offer.room is None else offer.room for offer in elsewhere)
            claims.append((self._claim(elsewhere, min(room, _MOST_ELSEWHERE)), True))
        if limit > 0 and local:
            claims.append((self._claim(local, limit), False))
        return claims

    def _claim(self, offers: Sequence[AgentOffer], limit: int) -> Claim:
        return Claim(
            holder=self._holder,
            offers=offers,
            limit=limit,
            lease_seconds=self._config.lease_seconds,
            quotas=self._config.quotas,
            run_id=self._run_id,
        )


def _with_room(offers: Sequence[AgentOffer], held: Iterable[Attempt]) -> Sequence[AgentOffer]:
    """Return the offers that have room, less what was claimed for them and has not reached them yet."""
    limited = {offer.name: offer.room for offer in offers if offer.room is not None}
    if not limited:
        return offers
    coming = Counter(attempt.lease.agent for attempt in held if not attempt.is_begun)
    rooms = {name: room - coming[name] for name, room in limited.items()}
    return [
        attrs.evolve(offer, room=rooms[offer.name]) if offer.name in rooms else offer
        for offer in offers
        if rooms.get(offer.name, 1) > 0
    ]
