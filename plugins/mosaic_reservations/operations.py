"""The operations on files, declared."""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs.operation_table import OperationRow, operations_of
from mosaic_hookspecs.operations import Operation, OperationKind

from . import overlap_records as o
from . import records as r
from .desk import Desk
from .forecast import Forecast


def operations(desk: Desk, forecast: Forecast) -> Sequence[Operation]:
    """Declare them."""
    query, command = OperationKind.QUERY, OperationKind.COMMAND
    rows: tuple[OperationRow, ...] = (
        ("file.reserve", command, r.Reserve, r.Reserved, desk.reserve, "file:write",
         "Say which files your attempt is going to change, or learn who holds them; it ends with the attempt."),
        ("file.release", command, r.Release, r.Released, desk.release, "file:write",
         "Give back files that your attempt has reserved."),
        ("file.list", query, r.ListReservations, r.Reservations, desk.list, "file:read",
         "List who holds which files now."),
        ("file.overlaps", query, o.AskOverlaps, o.Overlaps, forecast.overlaps, "file:read",
         "Predict which tasks that run side by side will change the same files, and why."),
    )  # fmt: skip
    return operations_of(rows)
