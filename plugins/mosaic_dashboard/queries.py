"""Queries alone: what a page reads or a link downloads must change nothing, since any link can ask for it."""

from __future__ import annotations

from typing import Any

from mosaic_hookspecs import Context, InputError, OperationKind, Principal


class Queries:
    """Carries out queries, and refuses commands."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def dispatch(self, operation: str, data: Any, principal: Principal) -> Any:
        """Carry out a query.

        Raises:
            InputError: the operation is a command (code ``no-query``).
            MosaicError: it does not answer.
        """
        # Each time, since a reload may have made another of it.
        listed = await self._context.dispatch("operations.list", {"names": [operation]})
        if any(one.kind is OperationKind.COMMAND for one in listed.operations):
            raise InputError(
                "no-query",
                f"{operation} changes something, which no link and no page that is looked at may do",
                expected="a query",
                hint="Carry it out with a form, or with POST /api/call.",
            )
        return await self._context.dispatch(operation, data, principal)
