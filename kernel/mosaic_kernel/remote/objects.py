"""Objects that are lent to the other side, and those that are borrowed from it.

Owns the table of what was lent, by number, and the life of each entry: as long as the call that it was an
argument of, or until it is released. Serves the protocol's requests on objects. A stream, or a context, that
was lent is driven by one task from its beginning to its end, as trio demands of what opens scopes.
"""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

import attrs

from mosaic_hookspecs.errors import InputError, NotFound, Refused

from ..handles import Handle
from .borrowing import Borrower, own_reference
from .codec import Decoder, Encoder
from .contracts import contract_kinds, kind_of, quiet_parameters
from .driving import DrivenContext, DrivenStream
from .peer import Peer


class Objects:
    """What one end of a connection has lent and borrowed."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self._lent: dict[int, Any] = {}
        self._lasting: dict[int, int] = {}
        self._numbers = itertools.count(1)
        self._borrower = Borrower(peer, self)
        self._methods: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
            "call": self._call,
            "iterate": self._iterate,
            "next": self._next,
            "end": self._end,
            "enter": self._enter,
            "exit": self._exit,
        }

    def __len__(self) -> int:
        """How many objects are lent now."""
        return len(self._lent)

    def encode(self, value: Any, *, lent: list[int] | None = None, is_quiet: bool = False) -> Any:
        """Return a value for the other side. The numbers of what is lent with it are added to `lent`, for
        `take_back`; `is_quiet` says of a function that nobody waits for its result.
        """
        return Encoder(lambda thing: self._lend(thing, lent, is_quiet=is_quiet))(value)

    def decode(self, data: Any) -> Any:
        """Return the value that the other side sent."""
        return Decoder(self._resolve)(data)

    def arguments(
        self, member: str, arguments: Sequence[Any], named: Mapping[str, Any], lent: list[int]
    ) -> dict[str, Any]:
        """Return the arguments of a call of `member`, for the other side."""
        quiet = quiet_parameters()
        places = [
            self.encode(value, lent=lent, is_quiet=(member, place) in quiet)
            for place, value in enumerate(arguments)
        ]
        names = {
            name: self.encode(value, lent=lent, is_quiet=(member, name) in quiet)
            for name, value in named.items()
        }
        return {"arguments": places, "named": names}

    def lend_for_good(self, thing: Any) -> dict[str, Any]:
        """Return the reference of an object that is lent as long as the connection lasts: always the same."""
        number = self._lasting.get(id(thing))
        if number is None:
            number = self._lasting[id(thing)] = self._add(thing)
        return {"$ref": number}

    def take_back(self, numbers: Sequence[int]) -> None:
        """End the life of what was lent under these numbers."""
        for number in numbers:
            thing = self._lent.pop(number, None)
            if isinstance(thing, DrivenStream):
                thing.abandon()

    def serves(self, method: str) -> bool:
        """Whether a request is about an object."""
        return method in self._methods

    async def serve(self, method: str, params: Mapping[str, Any]) -> Any:
        """Answer a request about an object."""
        return await self._methods[method](params)

    def serve_now(self, method: str, params: Mapping[str, Any]) -> Any:
        """Answer ``ask``, ``get`` or ``describe``."""
        thing = self._find(params.get("object"))
        member = str(params.get("member", ""))
        if method == "describe":
            found = None if member.startswith("_") else getattr(thing, member, None)
            return None if found is None and not hasattr(thing, member) else kind_of(found)
        if method == "get":
            return self.encode(self._member(thing, member))
        result = self._start(params)
        if inspect.iscoroutine(result):
            result.close()
            raise InputError("not-at-once", f"{member!r} is asynchronous, and cannot answer at once")
        return self.encode(result)

    def hear(self, method: str, params: Mapping[str, Any]) -> None:
        """Take ``tell`` or ``release``."""
        if method == "tell":
            self._start(params)
        else:
            self.take_back([number for number in params.get("objects", ()) if isinstance(number, int)])

    def _lend(self, thing: Any, lent: list[int] | None, *, is_quiet: bool) -> Mapping[str, Any]:
        back = own_reference(thing, self.peer)
        if back is not None:
            return {"$yours": back}
        if isinstance(thing, type) or inspect.iscoroutine(thing) or inspect.ismodule(thing):
            raise InputError("not-data", "this cannot be sent to another process", got=repr(thing)[:80])
        number = self._add(thing)
        if lent is not None:
            lent.append(number)
        if isinstance(thing, Handle):
            return {"$ref": number}  # what is in it may be swapped, so nothing of it is constant
        if hasattr(type(thing), "__anext__"):
            self._lent[number] = DrivenStream(thing)
            return {"$stream": number}
        if hasattr(type(thing), "__aenter__"):
            return {"$context": number}
        if callable(thing):
            kind = kind_of(thing)
            return {"$function": number, "kind": "tell" if is_quiet and kind == "sync" else kind}
        members = {name: kind for name, kind in contract_kinds().items() if hasattr(thing, name)}
        values = {}
        for name in [name for name, kind in members.items() if kind == "value"]:
            value = getattr(thing, name)
            if isinstance(value, str | PurePath) or attrs.has(type(value)):
                values[name] = self.encode(value)
        return {"$ref": number, "members": members, "values": values}

    def _add(self, thing: Any) -> int:
        number = next(self._numbers)
        self._lent[number] = thing
        return number

    def _resolve(self, tag: str, data: Mapping[str, Any]) -> Any:
        if tag == "$yours":
            return self._find(data[tag])
        return self._borrower.borrow(tag, data)

    def _find(self, number: Any) -> Any:
        if not isinstance(number, int) or number not in self._lent:
            raise Refused(
                "reference-ended",
                "this object is not lent (any more)",
                got=str(number)[:40],
                hint="An object that came with a call is good only as long as the call.",
            )
        return self._lent[number]

    def _member(self, thing: Any, member: str) -> Any:
        if not member:
            return thing
        if member.startswith("_") or not hasattr(thing, member):
            raise NotFound("no-member", f"{type(thing).__name__} has no {member!r}")
        return getattr(thing, member)

    def _start(self, params: Mapping[str, Any]) -> Any:
        method = self._member(self._find(params.get("object")), str(params.get("member", "")))
        arguments = [self.decode(part) for part in params.get("arguments", ())]
        named = {str(name): self.decode(part) for name, part in params.get("named", {}).items()}
        return method(*arguments, **named)

    async def _call(self, params: Mapping[str, Any]) -> Any:
        result = self._start(params)
        return self.encode(await result if inspect.isawaitable(result) else result)

    async def _iterate(self, params: Mapping[str, Any]) -> Any:
        return {"$stream": self._add(DrivenStream(self._start(params)))}

    async def _next(self, params: Mapping[str, Any]) -> Any:
        stream = self._driven(params.get("stream"), DrivenStream)
        try:
            found, item = await stream.next(self.peer.nursery)
        except BaseException:
            self._lent.pop(params["stream"], None)
            raise
        if not found:
            self._lent.pop(params["stream"], None)
            return {}
        return {"item": self.encode(item)}

    async def _end(self, params: Mapping[str, Any]) -> None:
        number = params.get("stream")
        stream = self._lent.pop(number, None) if isinstance(number, int) else None
        if isinstance(stream, DrivenStream):
            await stream.end()

    async def _enter(self, params: Mapping[str, Any]) -> Any:
        number = params.get("context")
        manager = self._find(number) if number is not None else self._start(params)
        context = DrivenContext(manager)
        value = await context.enter(self.peer.nursery)
        lent: list[int] = []
        answer = self.encode(value, lent=lent)
        context.lent = lent
        return {"context": self._add(context), "value": answer}

    async def _exit(self, params: Mapping[str, Any]) -> Any:
        context = self._driven(params.get("context"), DrivenContext)
        self.take_back([params["context"]])
        error = self.decode(params["error"]) if params.get("error") is not None else None
        try:
            return {"suppresses": await context.leave(error, is_cancelled=params.get("cancelled") is True)}
        finally:
            self.take_back(context.lent)

    def _driven(self, number: Any, kind: type[Any]) -> Any:
        found = self._find(number)
        if not isinstance(found, kind):
            raise InputError("wrong-object", "this object is no stream, or no context that was entered")
        return found
