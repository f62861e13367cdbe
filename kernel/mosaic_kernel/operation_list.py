"""The kernel's own operations ``operations.list`` and ``operations.follow``: what can be done, as data, for
the doors that offer it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs.operations import Call, Operation, OperationKind
from mosaic_hookspecs.record_schema import record_schema

from .own_records import Nothing
from .runtime import Runtime


@attrs.frozen(kw_only=True)
class AskOperations:
    """Which operations to describe."""

    names: Sequence[str] = attrs.field(default=(), metadata={"help": "Only these; all if empty."})
    plugin: str = attrs.field(default="", metadata={"help": "Only those of this plugin; of all if empty."})


@attrs.frozen(kw_only=True)
class OperationView:
    """One operation: who does it, what it takes and what it gives, as JSON Schema; of a stream, one item."""

    name: str
    kind: OperationKind
    summary: str
    permission: str
    plugin: str
    input: Mapping[str, Any]
    output: Mapping[str, Any]


@attrs.frozen(kw_only=True)
class OperationList:
    """The operations, in order of name."""

    operations: Sequence[OperationView] = ()


@attrs.frozen(kw_only=True)
class OperationNames:
    """The names of the operations now; `changed` is the plugin by which they changed ("" at first)."""

    names: Sequence[str]
    changed: str = ""


class OperationLister:
    """Describes the operations that can be dispatched or followed now."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def operations(self) -> list[Operation]:
        """Declare them."""
        return [
            Operation(
                name="operations.list",
                kind=OperationKind.QUERY,
                input=AskOperations,
                output=OperationList,
                handler=self._list,
                permission="operations:read",
                summary="List every operation with the JSON Schema of its input and output.",
            ),
            Operation(
                name="operations.follow",
                kind=OperationKind.STREAM,
                input=Nothing,
                output=OperationNames,
                handler=self._follow,
                permission="operations:read",
                summary="Name every operation, now and again whenever a plugin begins or ends to serve.",
            ),
        ]

    async def _list(self, data: AskOperations, call: Call) -> OperationList:
        dispatcher = self._runtime.dispatcher
        found = sorted(dispatcher.operations().items())
        return OperationList(
            operations=tuple(
                OperationView(
                    name=name,
                    kind=operation.kind,
                    summary=operation.summary,
                    permission=operation.permission,
                    plugin=dispatcher.owner(name),
                    input=record_schema(operation.input),
                    output=record_schema(operation.output),
                )
                for name, operation in found
                if (not data.names or name in data.names) and data.plugin in ("", dispatcher.owner(name))
            )
        )

    async def _follow(self, data: Nothing, call: Call) -> AsyncIterator[OperationNames]:
        async with self._runtime.bus.subscribe("plugin.changed", "bus.missed") as notices:
            yield self._names("")
            async for notice in notices:
                yield self._names(str(notice.body["plugin"]) if notice.topic == "plugin.changed" else "*")

    def _names(self, changed: str) -> OperationNames:
        return OperationNames(names=tuple(sorted(self._runtime.dispatcher.operations())), changed=changed)
