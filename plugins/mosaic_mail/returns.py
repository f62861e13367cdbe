"""The operations on dead letters and threads."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from mosaic_hookspecs.errors import Denied
from mosaic_hookspecs.operations import Call, Principal

from . import dead_records as d
from .acting import is_lent, name_of
from .address import AGENT, ROLE, box_of, parse
from .boxes import EXPIRED
from .dead_letters import Dead, make_dead
from .desk import message_view
from .message import Message
from .post import RESENT, SENT, Post, Route, event_of
from .store import Store

_PAGE = 1000
_MOST_PAGES = 20


class Returns:
    """Shows what did not arrive, and sends it again; shows what was said of a run."""

    def __init__(self, post: Post, store: Store) -> None:
        self._post = post
        self._store = store

    async def dead(self, request: d.ListDead, call: Call) -> d.DeadLetters:
        """List dead letters; an agent sees those that it sent or was to get."""
        name = name_of(call.principal, request.name) if request.name or is_lent(call.principal) else ""
        found = {one.key: one for one in (*await self._unread(), *await self._post.dead.all())}
        wanted = [
            one
            for key, one in sorted(found.items())
            if key > request.after and (not name or name == one.message.sender or one.recipient == box_of(name))
        ]
        return d.DeadLetters(items=[_letter(one) for one in wanted[: request.limit]])

    async def resend(self, request: d.Resend, call: Call) -> d.Resent:
        """Deliver dead letters after all, to whom they were for; an agent its own."""
        await self._post.recover()
        boxes: list[str] = []
        dead, unknown = [], []
        for key in dict.fromkeys(request.keys):
            found = await self._post.dead.find(key)
            if found is None:
                unread = await self._find_unread(key)
                if unread is None:
                    unknown.append(key)
                else:
                    dead.append(unread.told())
                continue
            _require_own(found, call.principal)
            reached, missed = await self._again(found, call.principal.name)
            boxes += reached
            dead += [one.told() for one in missed]
        return d.Resent(boxes=boxes, dead=dead, unknown=unknown)

    async def thread(self, request: d.ReadThread, call: Call) -> d.Thread:
        """Read what was said of a run; an agent what it sent or was to get."""
        is_seen = _sees(call.principal)
        items = []
        after = request.after
        for _ in range(_MOST_PAGES):
            with self._store() as storage:
                page = await storage.events(
                    after=after, limit=_PAGE, run_id=request.run_id, task_id=request.task_id
                )
            for event in page:
                after = event.sequence
                if event.kind != SENT:
                    continue
                body: Any = json.loads(event.body)
                if request.thread in ("", body.get("thread")) and is_seen(body):
                    items.append(message_view(Message.from_data(body)))
                    if len(items) == request.limit:
                        return d.Thread(items=items, next=after)
            if len(page) < _PAGE:
                return d.Thread(items=items, next=0)
        return d.Thread(items=items, next=after)

    async def _again(self, dead: Dead, by: str) -> tuple[list[str], list[Dead]]:
        """Deliver one dead letter; return the boxes that have it now, and what is dead still."""
        message = dead.message
        if dead.recipient.startswith((AGENT, ROLE)):
            route = await self._post.route(parse(dead.recipient), message.sender)
        else:
            route = await self._post.route(parse(message.to), message.sender)
        if route.missing:
            return [], [await self._post.dead.add(message, *one) for one in route.missing]
        reached, missed = await self._deliver(message, route)
        if reached:
            await self._post.record([event_of(RESENT, message, id=message.id, boxes=reached)], by)
        if dead.recipient not in [one.recipient for one in missed]:
            await self._post.dead.remove(dead.key)
        return reached, missed

    async def _deliver(self, message: Message, route: Route) -> tuple[list[str], list[Dead]]:
        reached: list[str] = []
        missed: list[Dead] = []
        for box in route.boxes:
            why = await self._post.boxes.deliver(box, message)
            if why:
                missed.append(await self._post.dead.add(message, box, why))
            else:
                reached.append(box)
        return reached, missed

    async def _find_unread(self, key: str) -> Dead | None:
        return next((one for one in await self._unread() if one.key == key), None)

    async def _unread(self) -> Sequence[Dead]:
        """Return what lies in boxes that nobody reads: dead, unless their owners come back."""
        boxes = [*await self._post.boxes.among(AGENT), *await self._post.boxes.among(ROLE)]
        return [
            make_dead(one.message, box.name, EXPIRED, box.read_at)
            for box in boxes
            if self._post.boxes.is_stale(box)
            for one in box.held
        ]


def _letter(dead: Dead) -> d.DeadLetter:
    return d.DeadLetter(
        key=dead.key,
        recipient=dead.recipient,
        why=dead.why,
        text=dead.told().text,
        died_at=dead.died_at,
        message=message_view(dead.message),
    )


def _require_own(dead: Dead, principal: Principal) -> None:
    own = principal.name.removeprefix(AGENT)
    if is_lent(principal) and dead.message.sender != own and dead.recipient != box_of(own):
        raise Denied(
            "not-yours",
            f"the dead letter {dead.key!r} is another's",
            where="keys",
            expected="one that you sent, or were to get",
            hint="message.dead lists yours.",
        )


def _sees(principal: Principal) -> Callable[[Any], bool]:
    name = principal.name.removeprefix(AGENT)
    is_free = not is_lent(principal)
    return lambda body: is_free or body["sender"] == name or box_of(name) in body["boxes"]
