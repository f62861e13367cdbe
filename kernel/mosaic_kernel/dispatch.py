"""Dispatch: from an operation's name and its input to its output, through the interceptors.

Owns the registry of operations and the one choke point that every door goes through: authorization,
decoding, interceptors, handler. Interceptors are composed when the set of generations changes, never
for a call.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncGenerator, Awaitable, Iterable, Mapping, Sequence
from contextlib import aclosing
from typing import Any

from mosaic_hookspecs.errors import Denied, InputError, MosaicError, NotFound, Unavailable
from mosaic_hookspecs.operations import STAGES, Call, InterceptorSpec, Operation, OperationKind, Principal

from .failures import contained, nearest
from .following import follow_entry
from .interception import Intercepting, Invoke, OnFault, guarded, ignore_fault
from .nesting import is_inside
from .own_time import Guard, OwnTime
from .registry import Entry, Handler, check_interceptors, check_operations, decode_input
from .seats import MOVED, Seat


class Dispatcher:
    """The operations of one kernel. `on_fault` is told of each exception that is no `MosaicError`;
    `own_time` bounds what interceptors take for themselves; `leaving` names plugins that are about to be
    stopped, whose operations others may take over.
    """

    def __init__(self, on_fault: OnFault = ignore_fault, own_time: OwnTime | None = None) -> None:
        self.leaving: frozenset[str] = frozenset()
        self.own_time = own_time or OwnTime(None, float("inf"))
        self._on_fault = on_fault
        self._entries: dict[str, Entry] = {}
        self._interceptors: dict[str, tuple[Seat, tuple[InterceptorSpec, ...]]] = {}
        self._numbers = itertools.count(1)
        self.held = 0
        """How many hand-overs hold calls now."""

    def operations(self) -> Mapping[str, Operation]:
        """Return every operation by name, sorted."""
        return {name: self._entries[name].operation for name in sorted(self._entries)}

    def owner(self, name: str) -> str:
        """Return which plugin declares an operation."""
        return self._entries[name].owner

    def check(
        self, owner: str, operations: Iterable[Operation], interceptors: Sequence[InterceptorSpec]
    ) -> None:
        """Refuse what `serve` could not take over.

        Raises:
            InputError: two plugins declare the same name, a declaration is none, or an interceptor names a
                stage that there is not.
        """
        check_operations(owner, operations, self._entries, self.leaving)
        check_interceptors(owner, interceptors)

    def serve(
        self,
        owner: str,
        operations: Iterable[Operation],
        interceptors: Sequence[InterceptorSpec],
        seat: Seat,
        order: Sequence[str],
    ) -> None:
        """Put a generation's operations and interceptors in place of all that the same plugin had, at once.
        `seat` counts the calls in flight on it; `order` is that of the plugins' start.

        Raises:
            InputError: as `check`; nothing was changed.
        """
        operations = tuple(operations)
        self.check(owner, operations, interceptors)
        names = {operation.name for operation in operations}
        for name in [name for name, entry in self._entries.items() if entry.owner == owner]:
            if name not in names:
                del self._entries[name]
        for operation in operations:
            self._entries[operation.name] = Entry(owner, operation, seat)
        self._interceptors.pop(owner, None)
        if interceptors:
            self._interceptors[owner] = (seat, tuple(interceptors))
        self.compose(order)

    def close(self, owner: str, order: Sequence[str], *, error: MosaicError) -> None:
        """Say that a plugin has stopped: its operations stay known, and raise `error` when they are called;
        what its interceptors protect is refused.
        """
        closed = Seat(error=error)
        for entry in self._entries.values():
            if entry.owner == owner:
                entry.seat = closed
        if owner in self._interceptors:
            self._interceptors[owner] = (closed, self._interceptors[owner][1])
            self.compose(order)

    def remove(self, owner: str, order: Sequence[str]) -> None:
        """Forget a plugin's operations and interceptors."""
        for name in [name for name, entry in self._entries.items() if entry.owner == owner]:
            del self._entries[name]
        if self._interceptors.pop(owner, None) is not None:
            self.compose(order)

    def compose(self, order: Sequence[str]) -> None:
        """Compose the interceptors, by stage and within a stage by `order` of the plugins' start."""
        rank = {name: place for place, name in enumerate(order)}
        chain = [
            Intercepting(owner=owner, spec=spec, seat=seat, on_fault=self._on_fault)
            for owner, (seat, specs) in sorted(
                self._interceptors.items(), key=lambda item: rank.get(item[0], len(rank))
            )
            for spec in specs
        ]
        chain.sort(key=lambda one: STAGES.index(one.spec.stage))
        for entry in self._entries.values():
            takes_interceptors = entry.operation.kind is not OperationKind.STREAM and not entry.is_exempt
            entry.invoke = self._composed(self._innermost(entry), chain if takes_interceptors else ())

    def _composed(self, handler: Handler, chain: Sequence[Intercepting]) -> Handler:
        if not chain:
            return handler

        async def innermost(call: Call, data: Any, guard: Guard) -> Any:
            return await handler(call, data)

        first: Invoke = innermost
        for one in reversed(chain):
            first = one.around(first)
        own_time = self.own_time

        def invoke(call: Call, data: Any) -> Awaitable[Any]:
            return guarded(first, call, data, Guard(own_time))

        return invoke

    async def dispatch(self, name: str, data: Any, principal: Principal) -> Any:
        """Carry out a query or command and return its output record.

        Raises:
            NotFound: there is no such operation.
            Denied: the principal may not do this.
            InputError: the input does not fit, or the operation is a stream.
            Unavailable: its plugin is not running, or failed (code ``operation-failed``).
        """
        entry = self._entries.get(name)
        if entry is not None and (self.held or entry.seat.gate is not None):
            entry = await self._admit(name)
        if entry is None or entry.operation.kind is OperationKind.STREAM:
            raise self._refuse(name, OperationKind.COMMAND)
        seat_in_use, operation = entry.seat, entry.operation
        seat_in_use.require()
        if not principal.may(operation.permission):
            raise _deny(operation, principal)
        if type(data) is not operation.input:
            data = decode_input(entry, data)
        call = Call(operation=operation, principal=principal, correlation=f"{name}-{next(self._numbers)}")
        if operation.moves:
            return await entry.invoke(call, data)
        seat_in_use.in_flight += 1
        try:
            return await entry.invoke(call, data)
        finally:
            seat_in_use.leave()

    async def follow(self, name: str, data: Any, principal: Principal) -> AsyncGenerator[Any, None]:
        """Follow a stream. Raises as `dispatch`, at the first item."""

        def current() -> Entry:
            entry = self._entries.get(name)
            if entry is None or entry.operation.kind is not OperationKind.STREAM:
                raise self._refuse(name, OperationKind.STREAM)
            entry.seat.require()
            return entry

        operation = current().operation
        if not principal.may(operation.permission):
            raise _deny(operation, principal)
        call = Call(operation=operation, principal=principal, correlation=f"{name}-{next(self._numbers)}")
        async with aclosing(follow_entry(current, data, call, self._on_fault)) as items:
            async for item in items:
                yield item

    async def _admit(self, name: str) -> Entry | None:
        """Wait at the gates of held plugins, of interceptors too; return the entry that is served then."""
        while (entry := self._entries.get(name)) is not None:
            seats = [entry.seat]
            if not entry.is_exempt:
                seats += [seat for seat, _ in self._interceptors.values()]
            gates = [seat.gate for seat in seats if seat.gate is not None and not is_inside(seat)]
            if not gates:
                break
            await gates[0].opened.wait()
        return entry

    def _innermost(self, entry: Entry) -> Handler:
        operation, owner, seat, on_fault = entry.operation, entry.owner, entry.seat, self._on_fault
        handler: Any = self._moving_handler(operation.name) if operation.moves else operation.handler

        async def invoke(call: Call, data: Any) -> Any:
            try:
                return await handler(data, call)
            except (MosaicError, OSError):
                raise
            except BaseException as raised:
                error = contained(raised)
                if error is None:
                    raise
                on_fault(owner, operation.name, raised, counts=not seat.is_left)
                raise Unavailable(
                    "operation-failed",
                    f"plugin {owner!r} failed in the operation {operation.name!r}",
                    got=f"{type(raised).__name__}: {raised}",
                    hint="`mosaic doctor` shows how the plugin is; its log has the place.",
                ) from raised

        return invoke

    def _moving_handler(self, name: str) -> Any:
        async def invoke(data: Any, call: Call) -> Any:
            while True:
                entry = self._entries.get(name)
                if entry is None:
                    raise self._refuse(name, OperationKind.COMMAND)
                entry.seat.require()
                handler: Any = entry.operation.handler
                typed = data if type(data) is entry.operation.input else decode_input(entry, data)

                def again(handler: Any = handler, typed: Any = typed) -> Awaitable[Any]:
                    answer: Awaitable[Any] = handler(typed, call)
                    return answer

                result = await entry.seat.movable(again)
                if result is not MOVED:
                    return result

        return invoke

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


def _deny(operation: Operation, principal: Principal) -> Denied:
    return Denied(
        "denied",
        f"{principal.name!r} may not call {operation.name!r}",
        expected=f"the permission {operation.permission!r}",
        got=", ".join(sorted(principal.permissions)) or "no permissions",
    )
