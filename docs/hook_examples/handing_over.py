"""Hands what it has counted over to its next generation."""

from __future__ import annotations

from collections.abc import Sequence

import attrs

from mosaic_hookspecs import Call, Context, Operation, OperationKind, State, hookimpl

_LAYOUT = 2


@attrs.frozen(kw_only=True)
class Ask:
    """Nothing to say."""


@attrs.frozen(kw_only=True)
class Count:
    """How often it was asked."""

    value: int


class HandingOverPlugin:
    """Counts how often it is asked, over all its generations."""

    def __init__(self) -> None:
        self._count = 0

    @hookimpl
    def mosaic_operations(self, context: Context) -> Sequence[Operation]:
        """Declare what counts."""

        async def ask(data: Ask, call: Call) -> Count:
            self._count += 1
            return Count(value=self._count)

        return [
            Operation(
                name="count.ask",
                kind=OperationKind.COMMAND,
                input=Ask,
                output=Count,
                handler=ask,
                permission="count:write",
                summary="Count one more.",
            )
        ]

    @hookimpl
    async def mosaic_export_state(self, context: Context) -> State | None:
        """Answer at once, with plain data: the next generation's classes are others."""
        return State(version=_LAYOUT, data={"count": self._count})

    @hookimpl
    async def mosaic_import_state(self, context: Context, state: State) -> None:
        """Read what the versions so far have written; refuse the rest, and the old generation serves on."""
        state.require(1, _LAYOUT)
        self._count = state.data if state.version == 1 else state.data["count"]
