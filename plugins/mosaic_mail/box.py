"""A box: what one recipient has not acknowledged yet. Pure rules over values; stores nothing.

A message that was delivered stays, and is hidden for a while from whoever might take it again: so it comes at
least once, in the order in which it arrived, and again if it is not acknowledged.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import attrs

from .message import Message

_REMEMBERED = 64


@attrs.frozen(kw_only=True)
class Held:
    """A message in a box: how often it was delivered, to whom last, and until when it is hidden."""

    message: Message
    deliveries: int = 0
    taken_by: str = ""
    until: int = 0


@attrs.frozen(kw_only=True)
class Done:
    """What is remembered of a message that was acknowledged: enough to know it again, and to answer it."""

    id: str
    thread: str
    sender: str
    run_id: str = ""
    task_id: str = ""


@attrs.frozen(kw_only=True)
class Box:
    """A recipient's box. `read_at` is when it was read last, 0: never; `opened_at` when it began."""

    name: str
    opened_at: int
    read_at: int = 0
    held: Sequence[Held] = ()
    done: Sequence[Done] = ()

    def knows(self, message_id: str) -> bool:
        """Whether a message is here, or was acknowledged here of late."""
        return any(one.message.id == message_id for one in self.held) or any(
            one.id == message_id for one in self.done
        )

    def has_room(self, message: Message, messages: int, size: int) -> bool:
        """Whether one more message fits."""
        held = sum(one.message.size for one in self.held)
        return len(self.held) < messages and (not self.held or held + message.size <= size)

    def put(self, message: Message) -> Box:
        """Return the box with the message behind all others."""
        return attrs.evolve(self, held=(*self.held, Held(message=message)))

    def is_stale(self, now: int, seconds: float) -> bool:
        """Whether nobody has read it for so long."""
        return now - max(self.opened_at, self.read_at) > seconds * 1000

    def take(  # noqa: PLR0913 - what a delivery depends on
        self, reader: str, *, now: int, seconds: float, limit: int, again: bool = False, task_id: str = ""
    ) -> tuple[Box, Sequence[Held]]:
        """Deliver up to `limit` messages, the oldest first; with `again` also those that `reader` has been
        given and has not acknowledged.
        """
        kept: list[Held] = []
        taken: list[Held] = []
        for one in self.held:
            is_open = one.until <= now or (again and one.taken_by == reader)
            if is_open and len(taken) < limit and (not task_id or one.message.task_id == task_id):
                until = now + round(seconds * 1000)
                delivered = Held(
                    message=one.message, deliveries=one.deliveries + 1, taken_by=reader, until=until
                )
                taken.append(delivered)
                kept.append(delivered)
            else:
                kept.append(one)
        return (attrs.evolve(self, held=tuple(kept)) if taken else self), taken

    def acknowledge(self, ids: Collection[str], taker: str = "") -> tuple[Box, Sequence[Message]]:
        """Take messages out for good; with `taker` only those that were delivered to it last."""
        gone = [
            one.message for one in self.held if one.message.id in ids and (not taker or one.taken_by == taker)
        ]
        if not gone:
            return self, gone
        out = {message.id for message in gone}
        done = [
            Done(id=one.id, thread=one.thread, sender=one.sender, run_id=one.run_id, task_id=one.task_id)
            for one in gone
        ]
        held = tuple(one for one in self.held if one.message.id not in out)
        return attrs.evolve(self, held=held, done=(*self.done, *done)[-_REMEMBERED:]), gone

    def opens_at(self, now: int) -> int | None:
        """Return when the next hidden message can be delivered again; None: none is hidden."""
        return min((one.until for one in self.held if one.until > now), default=None)

    def find(self, message_id: str) -> Message | Done | None:
        """Return a message that is here, or what is remembered of it."""
        for one in self.held:
            if one.message.id == message_id:
                return one.message
        return next((one for one in self.done if one.id == message_id), None)

    def to_data(self) -> dict[str, Any]:
        """Return it as JSON data, without its name."""
        return {
            "opened_at": self.opened_at,
            "read_at": self.read_at,
            "held": [
                {**attrs.asdict(one, recurse=False), "message": one.message.to_data()} for one in self.held
            ],
            "done": [attrs.asdict(one) for one in self.done],
        }

    @classmethod
    def from_data(cls, name: str, data: Mapping[str, Any]) -> Box:
        """Build it from what `to_data` returned."""
        held = [Held(**{**one, "message": Message.from_data(one["message"])}) for one in data["held"]]
        done = [Done(**one) for one in data["done"]]
        return cls(**{**data, "name": name, "held": tuple(held), "done": tuple(done)})
