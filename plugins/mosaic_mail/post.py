"""The post: finds the boxes that an address means, delivers, and finishes what a crash left half done.

A message that is on its way is a document of its own until it is in every box and in the log, so that a
process that ends in between loses nothing: the next that deals with mail finishes it.
"""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import attrs
import trio

from mosaic_hookspecs.commands import RecordEvent
from mosaic_hookspecs.context import Context
from mosaic_hookspecs.documents import documents_of
from mosaic_hookspecs.errors import MosaicError

from .address import AGENT, Address, box_of, role_box
from .boxes import Boxes
from .configuration import Config
from .dead_letters import NO_FOLLOWER, NO_ROLE, NOBODY, UNKNOWN, Dead, DeadLetters
from .directory import Directory
from .message import Message
from .store import Store

ON_ITS_WAY = "mail.sending"
SENT, ACKNOWLEDGED, DEAD, RESENT = "mail.sent", "mail.acknowledged", "mail.dead", "mail.resent"


@attrs.frozen(kw_only=True)
class Route:
    """The boxes that a message goes to, and recipients that there are not, each with why."""

    boxes: Sequence[str] = ()
    missing: Sequence[tuple[str, str]] = ()


@attrs.frozen(kw_only=True)
class Delivery:
    """What became of a message."""

    boxes: Sequence[str]
    dead: Sequence[Dead]


class Post:
    """Delivers messages."""

    def __init__(self, context: Context, config: Config, store: Store) -> None:
        self.boxes = Boxes(store, context.clock, config)
        self.directory = Directory(context, store, config)
        self.dead = DeadLetters(store, context.clock, config)
        self._store = store
        self._clock = context.clock
        self._config = config
        self._log = context.log
        self._owner = f"{_host()}:{os.getpid()}:{uuid.uuid4().hex[:8]}"
        self._looks_at: int | None = 0
        self._recovering = trio.Lock()
        self._in_flight: set[str] = set()

    async def route(self, address: Address, sender: str) -> Route:
        """Return whom an address means now; the sender is not written to, except by name."""
        if address.kind == "agent":
            box = box_of(address.name)
            if await self.directory.is_here(address.name) or await self.boxes.find(box) is not None:
                return Route(boxes=(box,))
            return Route(missing=((box, UNKNOWN),))
        if address.kind == "role":
            box = role_box(address.name)
            if await self.directory.has_role(address.name) or await self.boxes.find(box) is not None:
                return Route(boxes=(box,))
            return Route(missing=((box, NO_ROLE),))
        if address.kind == "topic":
            names = [box_of(name) for name in await self.directory.followers(address.name)]
            missing = (f"topic:{address.name}", NO_FOLLOWER)
        else:
            found = await self.boxes.among(AGENT)
            names = [box.name for box in found if box.read_at and not self.boxes.is_stale(box)]
            missing = ("all", NOBODY)
        names = [name for name in names if name != box_of(sender)]
        return Route(boxes=tuple(names)) if names else Route(missing=(missing,))

    async def send(self, message: Message, route: Route, by: str) -> Delivery:
        """Deliver a message; return when it is durable in every box, or among the dead letters."""
        body: dict[str, Any] = {
            "message": message.to_data(),
            "boxes": list(route.boxes),
            "missing": [list(one) for one in route.missing],
            "by": by,
            "owner": self._owner,
            "at": self._clock.now(),
        }
        self._in_flight.add(message.id)
        try:
            with trio.CancelScope(shield=True):  # each step has a deadline, and half of it helps nobody
                with self._store() as storage:
                    await storage.put_document(ON_ITS_WAY, message.id, body, expected=0)
                delivery = await self._finish(message, route, by)
        except BaseException:
            self._looks_at = 0
            raise
        finally:
            self._in_flight.discard(message.id)
        return delivery

    async def recover(self) -> None:
        """Finish what was left on its way, by processes that are gone or by an error. Looked for once, and
        again only while there is something whose process may still live.
        """
        async with self._recovering:
            if self._looks_at is None or self._clock.now() < self._looks_at:
                return
            self._looks_at = await self._finish_all()

    async def _finish_all(self) -> int | None:
        later: list[int] = []
        with self._store() as storage:
            found = await documents_of(storage, ON_ITS_WAY)
        for document in found:
            body: Any = document.body
            if document.key in self._in_flight:
                continue
            ends = body["at"] + round(2000 * self._config.storage_seconds)
            is_ours = body["owner"] == self._owner
            if not is_ours and self._clock.now() < ends and not _is_gone(body["owner"]):
                later.append(ends)
                continue
            route = Route(boxes=tuple(body["boxes"]), missing=[(name, why) for name, why in body["missing"]])
            await self._finish(Message.from_data(body["message"]), route, body["by"])
            self._log.info("mail.recovered", message=document.key)
        return min(later, default=None)

    async def record(self, events: Sequence[RecordEvent], by: str) -> None:
        """Store events. Raises what they are refused with."""
        with self._store() as storage:
            outcomes = await storage.apply(events, by=by)
        for outcome in outcomes:
            if isinstance(outcome, MosaicError):
                raise outcome

    async def _finish(self, message: Message, route: Route, by: str) -> Delivery:
        reached: list[str] = []
        dead = [await self.dead.add(message, name, why) for name, why in route.missing]
        for box in route.boxes:
            why = await self.boxes.deliver(box, message)
            if why:
                dead.append(await self.dead.add(message, box, why))
            else:
                reached.append(box)
        events = [event_of(SENT, message, **message.to_data(), boxes=reached)]
        events += [event_of(DEAD, message, id=message.id, recipient=one.recipient, why=one.why) for one in dead]
        await self.record(events, by)  # behind the boxes: it wakes whoever waits for one
        with self._store() as storage:
            await storage.delete_document(ON_ITS_WAY, message.id)
        return Delivery(boxes=reached, dead=dead)


def event_of(kind: str, message: Message, **body: Any) -> RecordEvent:
    """Return an event about a message."""
    return RecordEvent(kind=kind, run_id=message.run_id, task_id=message.task_id, body=body)


def _host() -> str:
    name = socket.gethostname().replace(":", "-") or "localhost"
    try:
        return f"{name}/{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return name


def _is_gone(owner: str) -> bool:
    """Whether the owner was a process of this machine that has ended; false where that cannot be known."""
    host, _, rest = owner.partition(":")
    pid = rest.partition(":")[0]
    if host != _host() or not pid.isdecimal():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
