"""The operations, declared."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.operation_table import OperationRow, operations_of
from mosaic_hookspecs.operations import Call, Operation, OperationKind

from . import records as r
from .configuration import Config
from .driving import Driving
from .keeping import Keeper
from .publishing import Publisher
from .reading import Reader


def operations(context: Context, config: Config, driving: Driving) -> Sequence[Operation]:
    """Declare them."""
    keeper = Keeper(context, config)
    reader, publisher = Reader(config, keeper), Publisher(config, keeper)
    query, command = OperationKind.QUERY, OperationKind.COMMAND

    async def events(request: r.ReadEvents, call: Call) -> r.Batch:
        return await reader.read(request)

    rows: tuple[OperationRow, ...] = (
        ("bridge.events", query, r.ReadEvents, r.Batch, events, "bridge:read",
         "Read what happens here in pieces, from where you were; waits if there is nothing new."),
        ("bridge.publish", command, r.Publish, r.Published, publisher.publish, "bridge:write",
         "Mirror a piece of another system's log here, once and in order."),
        ("bridge.cursor", query, r.NameOrigin, r.OriginView, publisher.cursor, "bridge:read",
         "Tell up to where another system's log is mirrored here."),
        ("bridge.list", query, r.ListShared, r.SharedList, publisher.listed, "bridge:read",
         "List other systems' runs that are mirrored here."),
        ("tony.drive", command, r.DriveRun, r.Driven, driving.drive, "run:drive",
         "Have a run worked on until it is final or waits for somebody; answers at once."),
    )  # fmt: skip
    return operations_of(rows, moves=("bridge.events",))
