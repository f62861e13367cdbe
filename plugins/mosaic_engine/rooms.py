"""What room agents have left, over all drives of one engine.

Owns the account of what was claimed for an agent and has not reached it: leases on their way, and claims that
are not answered yet. So two drives do not claim for the same room.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import Any

import attrs

from mosaic_hookspecs.offers import AgentOffer

from .attempt import Attempt


class Rooms:
    """The room of the agents that have a limit; the others are passed through."""

    def __init__(self) -> None:
        self._drives: dict[int, Mapping[Any, Attempt]] = {}
        self._numbers = count()
        self._asked: Counter[str] = Counter()
        self._kept_back: set[Callable[[], None]] = set()

    def join(self, held: Mapping[Any, Attempt]) -> Callable[[], None]:
        """Count the attempts of a drive, `held` as it is at any time; return the undo."""
        number = next(self._numbers)
        self._drives[number] = held

        def leave() -> None:
            self._drives.pop(number, None)

        return leave

    def left(self, offers: Sequence[AgentOffer], again: Callable[[], None]) -> Sequence[AgentOffer]:
        """Return the offers that have room, each with what is left of it. `again` is called once when a claim
        under way, which may leave some of what it asks for, was answered.
        """
        if all(offer.room is None for offer in offers):
            return offers
        coming = Counter(
            attempt.lease.agent
            for held in self._drives.values()
            for attempt in held.values()
            if not attempt.is_begun
        )
        found: list[AgentOffer] = []
        for offer in offers:
            if offer.room is None:
                found.append(offer)
                continue
            asked = self._asked[offer.name]
            if asked:
                self._kept_back.add(again)
            room = offer.room - coming[offer.name] - asked
            if room > 0:
                found.append(attrs.evolve(offer, room=room))
        return found

    def ask(self, offers: Sequence[AgentOffer]) -> Callable[[], None]:
        """Note that a claim asks for all the room of these offers; return what says that it was answered, and
        does so once.
        """
        rooms = Counter({offer.name: offer.room for offer in offers if offer.room is not None})

        def answered() -> None:
            if not rooms:
                return
            self._asked = self._asked - rooms
            rooms.clear()
            waiting, self._kept_back = self._kept_back, set()
            for again in waiting:
                again()

        self._asked += rooms
        return answered
