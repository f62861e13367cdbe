"""Dead letters: messages that did not reach a recipient, each with why, until somebody sends them again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from mosaic_hookspecs.context import Clock
from mosaic_hookspecs.documents import documents_of

from .boxes import EXPIRED, FULL
from .configuration import Config
from .message import Message
from .records import Undelivered
from .store import Store

COLLECTION = "mail.dead"
UNKNOWN, NO_ROLE, NO_FOLLOWER, NOBODY = "unknown-recipient", "no-such-role", "nobody-follows", "nobody-there"
_TRIM_EVERY = 32
_TEXTS = {
    UNKNOWN: "nobody of that name is here, or has read mail; send it again when they are, or write to `all`",
    NO_ROLE: "no agent here has that role; write to a name, or send it again when one is here",
    NO_FOLLOWER: "nobody follows that topic; write to a name, or send it again when somebody does",
    NOBODY: "nobody else has a box",
    FULL: "the box is full; it must be read first, then message.resend delivers it",
    EXPIRED: "nobody has read that box for long; message.resend delivers it when somebody does again",
}


@attrs.frozen(kw_only=True)
class Dead:
    """A dead letter as it is stored. `recipient` is a box's name, or an address that led to none."""

    key: str
    recipient: str
    why: str
    died_at: int
    message: Message

    def told(self) -> Undelivered:
        """Return what the sender is told."""
        return undelivered(self.recipient, self.why)


def undelivered(recipient: str, why: str) -> Undelivered:
    """Return what a sender is told of a recipient who was not reached."""
    return Undelivered(recipient=recipient, why=why, text=_TEXTS[why])


def make_dead(message: Message, recipient: str, why: str, at: int) -> Dead:
    """Return the dead letter of a message for one recipient."""
    return Dead(key=f"{message.id}/{recipient}", recipient=recipient, why=why, died_at=at, message=message)


class DeadLetters:
    """Every dead letter; only the newest are kept."""

    def __init__(self, store: Store, clock: Clock, config: Config) -> None:
        self._store = store
        self._clock = clock
        self._config = config
        self._added = 0

    async def add(self, message: Message, recipient: str, why: str) -> Dead:
        """Keep a message that did not reach a recipient; again is no matter."""
        dead = make_dead(message, recipient, why, self._clock.now())
        body: dict[str, Any] = {
            "recipient": recipient,
            "why": why,
            "died_at": dead.died_at,
            "message": message.to_data(),
        }
        with self._store() as storage:
            await storage.put_document(COLLECTION, dead.key, body)
        self._added += 1
        if self._added % _TRIM_EVERY == 1:
            await self._trim()
        return dead

    async def find(self, key: str) -> Dead | None:
        """Return a dead letter, or None."""
        with self._store() as storage:
            document = await storage.get_document(COLLECTION, key)
        return _dead(document) if document else None

    async def remove(self, key: str) -> None:
        """Forget one that was delivered after all."""
        with self._store() as storage:
            await storage.delete_document(COLLECTION, key)

    async def all(self) -> Sequence[Dead]:
        """Return every one, from the oldest; there are never many more than may be kept."""
        with self._store() as storage:
            return [_dead(one) for one in await documents_of(storage, COLLECTION)]

    async def _trim(self) -> None:
        kept = await self.all()
        for one in kept[: max(0, len(kept) - self._config.dead_letters)]:
            await self.remove(one.key)


def _dead(document: Any) -> Dead:
    body = document.body
    return Dead(
        key=document.key,
        recipient=body["recipient"],
        why=body["why"],
        died_at=body["died_at"],
        message=Message.from_data(body["message"]),
    )
