"""The operations on messages: sending, reading, acknowledging, following topics."""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence

import attrs
import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import InputError, NotFound
from mosaic_hookspecs.operations import Call, Principal
from mosaic_hookspecs.redaction import redacted, secret_values

from . import records as r
from .acting import name_of, roles_of
from .address import ROLE, Address, box_of, parse, require_name, role_box
from .box import Done, Held
from .configuration import Config
from .listening import Listening
from .message import Message, make_id
from .post import ACKNOWLEDGED, Post, event_of


class Desk:
    """Sends and reads mail for whoever calls."""

    def __init__(self, context: Context, config: Config, post: Post, listening: Listening) -> None:
        self._clock = context.clock
        self._config = config
        self._post = post
        self._listening = listening
        self._numbers = itertools.count()
        self._secrets = secret_values(os.environ)

    async def send(self, request: r.SendMessage, call: Call) -> r.Sent:
        """Send a message."""
        sender = name_of(call.principal, request.name)
        self._require_length(request.text)
        await self._post.recover()
        address, thread, about = await self._resolve(request, sender)
        now = self._clock.now()
        made = make_id(now, next(self._numbers))
        message = Message(
            id=made,
            at=now,
            sender=sender,
            to=request.to or address.name,
            text=redacted(request.text, self._secrets),
            subject=redacted(_line(request.subject), self._secrets),
            in_reply_to=request.in_reply_to,
            thread=thread or request.in_reply_to or made,
            run_id=about[0],
            task_id=about[1],
        )
        route = await self._post.route(address, sender)
        delivery = await self._post.send(message, route, call.principal.name)
        dead = [one.told() for one in delivery.dead]
        return r.Sent(id=made, thread=message.thread, boxes=delivery.boxes, dead=dead)

    async def read(self, request: r.ReadMessages, call: Call) -> r.Messages:
        """Read one's messages, or wait for one."""
        name = name_of(call.principal, request.name)
        roles = roles_of(call.principal, request.roles, await self._post.directory.roles(name))
        boxes = [box_of(name), *map(role_box, roles)]
        deadline = trio.current_time() + min(request.wait_seconds, self._config.wait_seconds)
        await self._post.recover()
        if request.acknowledge:
            await self._acknowledge(name, request.acknowledge, call.principal)
        for box in boxes:
            await self._post.boxes.open(box)
        items = await self._take(boxes, name, request)
        if not items and request.wait_seconds > 0:
            with trio.move_on_at(deadline):
                async with self._listening.to(boxes) as bell:
                    while not (items := await self._take(boxes, name, request)):
                        with trio.move_on_at(await self._opens_at(boxes, deadline)):
                            await bell.heard()
        return r.Messages(name=name, items=sorted(items, key=lambda one: one.at))

    async def waiting(self, request: r.CountMessages, call: Call) -> r.Waiting:
        """Count one's messages, and leave them as they are."""
        name = name_of(call.principal, request.name)
        boxes = [box_of(name), *map(role_box, await self._post.directory.roles(name))]
        found = [box for one in boxes if (box := await self._post.boxes.find(one))]
        return r.Waiting(name=name, count=sum(len(box.held) for box in found))

    async def acknowledge(self, request: r.AcknowledgeMessages, call: Call) -> r.Acknowledged:
        """Take messages out for good."""
        name = name_of(call.principal, request.name)
        await self._post.recover()
        gone = await self._acknowledge(name, request.ids, call.principal)
        return r.Acknowledged(
            acknowledged=[one for one in request.ids if one in gone],
            unknown=[one for one in request.ids if one not in gone],
        )

    async def subscribe(self, request: r.Subscribe, call: Call) -> r.Subscribed:
        """Follow topics, or leave them."""
        name = name_of(call.principal, request.name)
        for topic in request.topics:
            require_name(topic, "topics")
        await self._post.boxes.open(box_of(name))
        for topic in request.topics:
            await self._post.directory.follow(topic, name, leave=request.leave)
        return r.Subscribed(name=name, topics=() if request.leave else tuple(dict.fromkeys(request.topics)))

    async def _resolve(self, request: r.SendMessage, sender: str) -> tuple[Address, str, tuple[str, str]]:
        """Return where a message goes, its thread, and what it is about."""
        about = (request.run_id, request.task_id)
        replied = await self._find(request.in_reply_to, sender) if request.in_reply_to else None
        thread = replied.thread if replied else ""
        if replied and about == ("", ""):
            about = (replied.run_id, replied.task_id)
        if request.to:
            return parse(request.to), thread, about
        if replied:
            return Address(kind="agent", name=replied.sender), thread, about
        if request.in_reply_to:
            raise NotFound(
                "no-message",
                f"you have no message {request.in_reply_to!r}",
                where="in_reply_to",
                hint="Say in `to` whom the reply is for.",
            )
        raise InputError(
            "no-recipient",
            "the message has no recipient",
            where="to",
            expected="a name, role:LABEL, topic:NAME or all; or in_reply_to",
            hint="Say in `to` whom it is for.",
        )

    async def _find(self, message_id: str, name: str) -> Message | Done | None:
        own = await self._post.boxes.find(box_of(name))
        found = own.find(message_id) if own else None
        if found is None:
            for box in await self._post.boxes.among(ROLE):
                found = found or box.find(message_id)
        return found

    async def _take(self, boxes: Sequence[str], name: str, request: r.ReadMessages) -> list[r.MessageView]:
        items: list[r.MessageView] = []
        with trio.CancelScope(shield=True):  # what counts as delivered is answered with
            for box in boxes:
                room = request.limit - len(items)
                if room > 0:
                    held = await self._post.boxes.take(
                        box, name, limit=room, again=request.again, task_id=request.about
                    )
                    items += [view_of(one, box) for one in held]
        return items

    async def _opens_at(self, boxes: Sequence[str], deadline: float) -> float:
        """Return when (trio's time) a message that is hidden can be delivered again, or the deadline."""
        now = self._clock.now()
        found = [box for name in boxes if (box := await self._post.boxes.find(name))]
        opens = [at for box in found if (at := box.opens_at(now)) is not None]
        if not opens:
            return deadline
        return min(deadline, trio.current_time() + (min(opens) - now) / 1000)

    async def _acknowledge(self, name: str, ids: Sequence[str], principal: Principal) -> set[str]:
        wanted = frozenset(ids)
        gone = [(box_of(name), await self._post.boxes.acknowledge(box_of(name), wanted))]
        if wanted - {message.id for message in gone[0][1]}:
            shared = [box.name for box in await self._post.boxes.among(ROLE)]
            gone += [(box, await self._post.boxes.acknowledge(box, wanted, name)) for box in shared]
        events = [
            event_of(ACKNOWLEDGED, message, id=message.id, box=box, by=name)
            for box, messages in gone
            for message in messages
        ]
        if events:
            await self._post.record(events, principal.name)
        return {message.id for _, messages in gone for message in messages}

    def _require_length(self, text: str) -> None:
        size = len(text.encode("utf-8", "surrogatepass"))
        if size > self._config.text_bytes or not text.strip():
            raise InputError(
                "bad-length",
                "the message is too long" if text.strip() else "the message says nothing",
                where="text",
                expected=f"1 to {self._config.text_bytes} bytes",
                got=f"{size} bytes",
                hint="Say it shorter; name the file that holds the rest." if text.strip() else "",
            )


def _line(text: str) -> str:
    """Return a subject as one line that shows all it holds: it stands beside the sender's name."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def view_of(held: Held, box: str) -> r.MessageView:
    """Return a message in a box as its reader sees it."""
    return message_view(held.message, box, held.deliveries)


def message_view(message: Message, box: str = "", deliveries: int = 0) -> r.MessageView:
    """Return a message as a view."""
    return r.MessageView(**attrs.asdict(message), box=box, deliveries=deliveries)
