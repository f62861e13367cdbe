"""What is registered for one operation, and what a declaration must be."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs.errors import InputError
from mosaic_hookspecs.operations import STAGES, Call, InterceptorSpec, Operation

from .failures import nearest
from .seats import Seat

Handler = Callable[[Call, Any], Awaitable[Any]]
"""Carries out one call, with all that stands around it."""
KERNEL = "kernel"
"""The owner of the kernel's own operations."""


class Entry:
    """One operation as it is served now."""

    __slots__ = ("converter", "invoke", "operation", "owner", "seat")

    def __init__(self, owner: str, operation: Operation, seat: Seat) -> None:
        self.owner = owner
        self.operation = operation
        self.seat = seat
        self.converter: Any = None
        self.invoke: Handler = _not_composed

    @property
    def is_exempt(self) -> bool:
        """Whether it is called without interceptors: only so can a plugin whose interceptor fails be
        seen, and replaced.
        """
        return self.owner == KERNEL


async def _not_composed(call: Any, data: Any) -> Any:
    raise AssertionError("operations are composed before they are served")


def check_operations(
    owner: str,
    operations: Iterable[Operation],
    entries: Mapping[str, Entry],
    leaving: Collection[str] = (),
) -> None:
    """Refuse operations that cannot be registered. What plugins declare that are `leaving` may be taken over.

    Raises:
        InputError: another plugin declares the same name, or a declaration is none.
    """
    for operation in operations:
        known = entries.get(operation.name)
        if known is not None and known.owner != owner and known.owner not in leaving:
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


def check_interceptors(owner: str, interceptors: Sequence[InterceptorSpec]) -> None:
    """Refuse interceptors for a stage that there is not.

    Raises:
        InputError: one names such a stage.
    """
    for one in interceptors:
        if one.stage not in STAGES:
            raise InputError(
                "bad-stage",
                f"plugin {owner!r} declares an interceptor for the stage {one.stage!r}",
                expected="one of " + ", ".join(STAGES),
                hint=nearest(one.stage, STAGES),
            )


def decode_input(entry: Entry, data: Any) -> Any:
    """Return `data` as the operation's input record. A record of another generation's class is taken by
    its fields.

    Raises:
        InputError: it does not fit.
    """
    from .decode import decode, make_converter
    from .encode import to_json_data

    if entry.converter is None:
        entry.converter = make_converter()
    given = {} if data is None else data
    if isinstance(given, entry.operation.input):
        return given
    if attrs.has(type(given)) and type(given).__name__ == entry.operation.input.__name__:
        given = to_json_data(given)
    return decode(entry.operation.input, given, converter=entry.converter)
