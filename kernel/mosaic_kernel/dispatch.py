"""Dispatch: from an operation's name and its input to its output, through the interceptors.

Owns the registry of operations and the one choke point that every door goes through: authorization,
decoding, interceptors, handler. Interceptors are composed when the set of generations changes, never
for a call.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from functools import partial
from typing import Any

import attrs

from mosaic_hookspecs.errors import Denied, InputError, MosaicError, NotFound
from mosaic_hookspecs.operations import STAGES, Call, InterceptorSpec, Operation, OperationKind, Principal

from .failures import nearest
from .handles import Seat

Invoke = Callable[[Call, Any], Awaitable[Any]]


class _Entry:
    """One operation as it is served now."""

    __slots__ = ("converter", "invoke", "operation", "owner", "seat")

    def __init__(self, owner: str, operation: Operation, seat: Seat) -> None:
        self.owner = owner
        self.operation = operation
        self.seat = seat
        self.converter: Any = None
        self.invoke: Invoke = _handler(operation)


class Dispatcher:
    """The operations of one kernel."""

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._interceptors: dict[str, tuple[InterceptorSpec, ...]] = {}
        self._numbers = itertools.count(1)

    def operations(self) -> Mapping[str, Operation]:
        """Return every operation by name, sorted."""
        return {name: self._entries[name].operation for name in sorted(self._entries)}

    def owner(self, name: str) -> str:
        """Return which plugin declares an operation."""
        return self._entries[name].owner

    def add(self, owner: str, operations: Iterable[Operation], seat: Seat) -> None:
        """Register operations of a generation whose `seat` counts the calls in flight. What the same
        plugin declared before is replaced.

        Raises:
            InputError: two plugins declare the same name, or a declaration is none.
        """
        for operation in operations:
            known = self._entries.get(operation.name)
            if known is not None and known.owner != owner:
                raise InputError(
                    "operation-clash",
                    f"plugins {known.owner!r} and {owner!r} both declare the operation {operation.name!r}",
                    hint=f"Disable one of them: plugins.{known.owner}: false, or plugins.{owner}: false.",
                )
            if not attrs.has(operation.input):
                raise InputError(
                    "bad-operation",
                    f"the input of operation {operation.name!r} of plugin {owner!r} is no attrs class",
                    got=repr(operation.input),
                )
            self._entries[operation.name] = _Entry(owner, operation, seat)

    def intercept(self, owner: str, interceptors: Sequence[InterceptorSpec]) -> None:
        """Set the interceptors of a plugin.

        Raises:
            InputError: one names a stage that there is not.
        """
        for one in interceptors:
            if one.stage not in STAGES:
                raise InputError(
                    "bad-stage",
                    f"plugin {owner!r} declares an interceptor for the stage {one.stage!r}",
                    expected="one of " + ", ".join(STAGES),
                    hint=nearest(one.stage, STAGES),
                )
        self._interceptors[owner] = tuple(interceptors)

    def remove(self, owner: str, *, error: MosaicError | None = None) -> None:
        """Take a plugin's operations and interceptors out. With an `error`, its operations stay known,
        and raise it when they are called.
        """
        self._interceptors.pop(owner, None)
        for name in [name for name, entry in self._entries.items() if entry.owner == owner]:
            if error is None:
                del self._entries[name]
            else:
                self._entries[name].seat = Seat(error=error)

    def compose(self, order: Sequence[str]) -> None:
        """Compose the interceptors, by stage and within a stage by `order` of the plugins' start."""
        rank = {name: place for place, name in enumerate(order)}
        specs = [
            one
            for owner in sorted(self._interceptors, key=lambda name: rank.get(name, len(rank)))
            for one in self._interceptors[owner]
        ]
        specs.sort(key=lambda one: STAGES.index(one.stage))
        for entry in self._entries.values():
            entry.invoke = _handler(entry.operation)
            if entry.operation.kind is not OperationKind.STREAM:
                for one in reversed(specs):
                    entry.invoke = _around(one.interceptor, entry.invoke)

    async def dispatch(self, name: str, data: Any, principal: Principal) -> Any:
        """Carry out a query or command and return its output record.

        Raises:
            NotFound: there is no such operation.
            Denied: the principal may not do this.
            InputError: the input does not fit, or the operation is a stream.
        """
        entry = self._entries.get(name)
        if entry is None or entry.operation.kind is OperationKind.STREAM:
            raise self._refuse(name, OperationKind.COMMAND)
        seat, operation = entry.seat, entry.operation
        seat.require()
        if not principal.may(operation.permission):
            raise _deny(operation, principal)
        if type(data) is not operation.input:
            data = _decode(entry, data)
        call = Call(operation=operation, principal=principal, correlation=f"{name}-{next(self._numbers)}")
        seat.in_flight += 1
        try:
            return await entry.invoke(call, data)
        finally:
            seat.leave()

    async def follow(self, name: str, data: Any, principal: Principal) -> AsyncGenerator[Any, None]:
        """Follow a stream. Raises as `dispatch`, at the first item."""
        entry = self._entries.get(name)
        if entry is None or entry.operation.kind is not OperationKind.STREAM:
            raise self._refuse(name, OperationKind.STREAM)
        seat, operation = entry.seat, entry.operation
        seat.require()
        if not principal.may(operation.permission):
            raise _deny(operation, principal)
        if type(data) is not operation.input:
            data = _decode(entry, data)
        call = Call(operation=operation, principal=principal, correlation=f"{name}-{next(self._numbers)}")
        stream: Any = operation.handler(data, call)
        async with aclosing(stream) as items:
            async for item in items:
                yield item

    def _refuse(self, name: str, wanted: OperationKind) -> MosaicError:
        entry = self._entries.get(name)
        if entry is None:
            return NotFound(
                "unknown-operation", f"there is no operation {name!r}", hint=nearest(name, self._entries)
            )
        is_stream = wanted is OperationKind.STREAM
        return InputError(
            "wrong-kind",
            f"the operation {name!r} is a {entry.operation.kind.value}",
            expected="a stream" if is_stream else "a query or a command",
            hint="Dispatch it." if is_stream else "Follow it.",
        )


def _handler(operation: Operation) -> Invoke:
    handler: Any = operation.handler

    def invoke(call: Call, data: Any) -> Awaitable[Any]:
        result: Awaitable[Any] = handler(data, call)
        return result

    return invoke


def _around(interceptor: Callable[[Call, Any, Any], Awaitable[Any]], following: Invoke) -> Invoke:
    def invoke(call: Call, data: Any) -> Awaitable[Any]:
        return interceptor(call, data, partial(following, call))

    return invoke


def _deny(operation: Operation, principal: Principal) -> Denied:
    return Denied(
        "denied",
        f"{principal.name!r} may not call {operation.name!r}",
        expected=f"the permission {operation.permission!r}",
        got=", ".join(sorted(principal.permissions)) or "no permissions",
    )


def _decode(entry: _Entry, data: Any) -> Any:
    from .decode import decode, make_converter

    if entry.converter is None:
        entry.converter = make_converter()
    given = {} if data is None else data
    if isinstance(given, entry.operation.input):
        return given
    return decode(entry.operation.input, given, converter=entry.converter)
