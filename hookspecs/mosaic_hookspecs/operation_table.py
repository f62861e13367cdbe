"""Operations as a table: a row an operation, for plugins that declare several."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, TypeAlias

from mosaic_hookspecs.operations import Handler, Operation, OperationKind

OperationRow: TypeAlias = tuple[str, OperationKind, type, type, Handler, str, str]
"""Name, kind, input, output, handler, permission and summary, as `Operation` has them."""


def operations_of(
    rows: Iterable[OperationRow],
    *,
    moves: Collection[str] = (),
    resumes: Mapping[str, Callable[[Any, Any], Any]] | None = None,
) -> list[Operation]:
    """Return the operations of a table.

    Args:
        rows: one row an operation.
        moves: names of those with `Operation.moves`.
        resumes: `Operation.resume` of those streams that have one, by name.
    """
    return [
        Operation(
            name=name,
            kind=kind,
            input=asked,
            output=answer,
            handler=handler,
            permission=permission,
            summary=summary,
            moves=name in moves,
            resume=(resumes or {}).get(name),
        )
        for name, kind, asked, answer, handler, permission, summary in rows
    ]
