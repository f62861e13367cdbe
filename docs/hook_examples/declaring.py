"""Declares an operation: every door offers it."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from mosaic_hookspecs import Call, Context, Operation, OperationKind, hookimpl


@attrs.frozen(kw_only=True)
class Add:
    """Two numbers."""

    one: int = attrs.field(metadata={"help": "The first."})
    other: int = attrs.field(metadata={"help": "The second."})


@attrs.frozen(kw_only=True)
class Sum:
    """What they make."""

    value: int


class DeclaringPlugin:
    """One operation."""

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare it; the handler gets decoded input."""

        async def add(data: Add, call: Call) -> Sum:
            return Sum(value=data.one + data.other)

        return [
            Operation(
                name="numbers.add",
                kind=OperationKind.QUERY,
                input=Add,
                output=Sum,
                handler=add,
                permission="numbers:read",
                summary="Add two numbers.",
            )
        ]
