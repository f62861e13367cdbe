"""Queries alone: what a page reads or a link downloads must change nothing, since any link can ask for it."""

from __future__ import annotations

from typing import Any

from mosaic_hookspecs import Context, InputError, OperationKind, Principal


class Queries:
    """Carries out queries, and refuses commands."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._known: set[str] = set()

    async def dispatch(self, operation: str, data: Any, principal: Principal) -> Any:
        """Carry out a query.

        Raises:
            InputError: the operation is a command (code ``no-query``).
            MosaicError: it does not answer.
        """
        if operation not in self._known:
            listed = await self._context.dispatch("operations.list", {"names": [operation]})
            kinds = [one.kind for one in listed.operations]
            if OperationKind.COMMAND in kinds:
                raise InputError(
                    "no-query",
                    f"{operation} changes something, which no link and no page that is looked at may do",
                    expected="a query",
                    hint="Carry it out with a form, or with POST /api/call.",
                )
            self._known.update([operation] if kinds else [])
        return await self._context.dispatch(operation, data, principal)
