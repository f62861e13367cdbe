"""What stands here for an object of the other side.

Owns the shape of it: a method that is asynchronous there is a coroutine function here, a stream an
asynchronous generator function, a context an asynchronous context; so whoever uses it, a port's handle
too, sees no difference. Values that the contracts call constant came along; any other is asked for.
"""

from __future__ import annotations

import weakref
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from types import TracebackType
from typing import Any, Protocol

import trio

from mosaic_hookspecs.errors import InputError, NotFound, Unavailable

from .contracts import contract_kinds
from .peer import Peer

_MARK = "_mosaic_reference"


class Lending(Protocol):
    """What calls of the other side need: values for it, and from it."""

    def encode(self, value: Any) -> Any:
        """Return a value for the other side."""

    def decode(self, data: Any) -> Any:
        """Return the value that the other side sent."""

    def arguments(
        self, member: str, arguments: Sequence[Any], named: Mapping[str, Any], lent: list[int]
    ) -> dict[str, Any]:
        """Return the arguments of a call of `member`; what is lent with them is added to `lent`."""

    def take_back(self, numbers: Sequence[int]) -> None:
        """End the life of what was lent."""


def own_reference(thing: Any, peer: Peer) -> int | None:
    """Return the number of what was borrowed from `peer`; None for anything else."""
    found = getattr(thing, "__dict__", {}).get(_MARK)
    return found[1] if found is not None and found[0] is peer else None


def fields_of(answer: Any, *needed: str) -> Mapping[str, Any]:
    """Return an answer that must be an object with these fields."""
    if not isinstance(answer, dict) or not all(name in answer for name in needed):
        raise Unavailable(
            "bad-answer",
            "the other side answered something else than it should",
            expected="an object" + (f" with {', '.join(needed)}" if needed else ""),
            got=repr(answer)[:80],
        )
    return answer


class Borrowed:
    """Stands for an object of the other side."""

    def __init__(
        self, borrower: Borrower, number: int, values: Mapping[str, Any], members: Mapping[str, Any]
    ) -> None:
        self.__dict__[_MARK] = (borrower.peer, number)
        self._borrower = borrower
        self._number = number
        self._values = values
        self._members = members

    def __repr__(self) -> str:
        return f"<object {self._number} of {self._borrower.peer.who}>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in self._values:
            return self._values[name]
        place = {"object": self._number, "member": name}
        kind = self._members.get(name)
        if kind is None and (not self._members or name not in contract_kinds()):
            kind = self._borrower.describe(place)
        if kind is None:
            raise AttributeError(f"{self!r} has no {name!r}")
        if kind == "value":
            return self._borrower.objects.decode(self._borrower.peer.ask("get", place))
        method = self.__dict__[name] = self._borrower.method(str(kind), self._number, name, self)
        return method


class Borrower:
    """Makes what stands for the objects of one connection's other side."""

    def __init__(self, peer: Peer, objects: Lending) -> None:
        self.peer = peer
        self.objects = objects

    def borrow(self, tag: str, data: Mapping[str, Any]) -> Any:
        """Return what stands for a reference."""
        number = data[tag]
        if not isinstance(number, int):
            raise InputError("bad-value", "a reference is a number", got=repr(number)[:40])
        if tag == "$function":
            function = self.method(str(data.get("kind", "sync")), number, "", None)
            function.__dict__[_MARK] = (self.peer, number)
            self._release_with(function, number)
            return function
        if tag == "$stream":
            return self.items(number)
        if tag == "$context":
            return _Context(self, {"context": number})
        values = {str(name): self.objects.decode(part) for name, part in data.get("values", {}).items()}
        thing = Borrowed(self, number, values, dict(data.get("members", {})))
        self._release_with(thing, number)
        return thing

    def describe(self, place: Mapping[str, Any]) -> str | None:
        """Ask what a member is; None: there is none."""
        try:
            kind = self.peer.ask("describe", place)
        except NotFound:
            return None  # the other side describes nothing
        return None if kind is None else str(kind)

    def method(self, kind: str, number: int, member: str, owner: Any) -> Any:
        """Return a function that calls a member of an object; it keeps `owner`, and so the object, alive."""
        makers: Mapping[str, Callable[[dict[str, Any]], Any]] = {
            "async": self._async,
            "stream": self._stream,
            "context": self._context,
            "tell": self._tell,
            "sync": self._sync,
        }
        if kind not in makers:
            raise InputError("bad-value", "a member is of none of the kinds", got=kind[:40])
        function = makers[kind]({"object": number, "member": member})
        function.__name__ = member or "function"
        function.__dict__["_mosaic_owner"] = owner
        return function

    def _release_with(self, thing: Any, number: int) -> None:
        # Only noted here: this may run in the middle of anything.
        weakref.finalize(thing, self.peer.released.append, number).atexit = False

    def _async(self, place: dict[str, Any]) -> Any:
        async def call(*arguments: Any, **named: Any) -> Any:
            lent: list[int] = []
            try:
                params = place | self.objects.arguments(place["member"], arguments, named, lent)
                return self.objects.decode(await self.peer.request("call", params))
            finally:
                self.objects.take_back(lent)

        return call

    def _sync(self, place: dict[str, Any]) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            lent: list[int] = []
            try:
                params = place | self.objects.arguments(place["member"], arguments, named, lent)
                return self.objects.decode(self.peer.ask("ask", params))
            finally:
                self.objects.take_back(lent)

        return call

    def _tell(self, place: dict[str, Any]) -> Any:
        def call(*arguments: Any, **named: Any) -> None:
            params = place | self.objects.arguments(place["member"], arguments, named, [])
            self.peer.notify("tell", params)

        return call

    def _stream(self, place: dict[str, Any]) -> Any:
        async def call(*arguments: Any, **named: Any) -> AsyncGenerator[Any, None]:
            lent: list[int] = []
            try:
                params = place | self.objects.arguments(place["member"], arguments, named, lent)
                answer = fields_of(await self.peer.request("iterate", params), "$stream")
                async with aclosing(self.items(answer["$stream"])) as items:
                    async for item in items:
                        yield item
            finally:
                self.objects.take_back(lent)

        return call

    def _context(self, place: dict[str, Any]) -> Any:
        def call(*arguments: Any, **named: Any) -> _Context:
            lent: list[int] = []
            params = place | self.objects.arguments(place["member"], arguments, named, lent)
            return _Context(self, params, lent)

        return call

    async def items(self, number: int) -> AsyncGenerator[Any, None]:
        """Yield the items of a stream of the other side; each is made when it is asked for."""
        place = {"stream": number}
        has_ended = False
        try:
            while True:
                answer = fields_of(await self.peer.request("next", place))
                if "item" not in answer:
                    has_ended = True
                    return
                yield self.objects.decode(answer["item"])
        finally:
            if not has_ended and self.peer.ended is None:
                with trio.move_on_after(self.peer.seconds, shield=True):
                    await self.peer.request("end", place)


class _Context:
    """An asynchronous context of the other side."""

    def __init__(self, borrower: Borrower, params: Mapping[str, Any], lent: list[int] | None = None) -> None:
        self._borrower = borrower
        self._params = params
        self._lent = lent or []
        self._number: Any = None

    async def __aenter__(self) -> Any:
        try:
            answer = fields_of(await self._borrower.peer.request("enter", self._params), "context", "value")
        except BaseException:
            self._borrower.objects.take_back(self._lent)
            raise
        self._number = answer["context"]
        return self._borrower.objects.decode(answer["value"])

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        peer, objects = self._borrower.peer, self._borrower.objects
        told = error if isinstance(error, Exception) else None
        params = {"context": self._number, "error": None if told is None else objects.encode(told)}
        try:
            if error is not told:
                with trio.move_on_after(peer.seconds, shield=True):
                    await peer.request("exit", params | {"cancelled": True})
                return False
            answer = fields_of(await peer.request("exit", params), "suppresses")
            return bool(answer["suppresses"]) and told is not None
        finally:
            objects.take_back(self._lent)
