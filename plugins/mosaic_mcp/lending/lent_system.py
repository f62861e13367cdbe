"""A system as the agent of one attempt may use it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import aclosing
from typing import Any

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.encode import to_json_data
from mosaic_hookspecs.errors import Denied, Refused
from mosaic_hookspecs.operations import Principal
from mosaic_hookspecs.tasks import TaskState

from .bounds import bound
from .loans import Attempt, Loans

READABLE = ("task.show", "task.logs")
"""Operations that its resources are read by, besides those of its tools."""


class LentSystem:
    """Carries out the operations that are lent, within the bounds of the attempt, for as long as it lasts.

    `fields` returns the names of an operation's input, and None where it is not offered.
    """

    def __init__(
        self,
        context: Context,
        attempt: Attempt,
        permissions: Collection[str],
        fields: Callable[[str], Collection[str] | None],
        loans: Loans,
    ) -> None:
        self._context = context
        self._attempt = attempt
        self._principal = Principal(
            name=f"agent:{attempt.agent}", kind="agent", permissions=frozenset(permissions)
        )
        self._fields = fields
        self._loans = loans

    async def dispatch(self, operation: str, data: Mapping[str, Any]) -> Any:
        """Carry out a query or command of the attempt's own.

        Raises:
            Denied: it is none that is lent, or the principal lacks its permission.
            Refused: it is about something else (code ``not-lent``), or the attempt has ended, before or
                meanwhile (``attempt-ended``).
        """
        with self._loans.calling(self._attempt):
            given = await self._admitted(operation, data)
            return to_json_data(await self._context.dispatch(operation, given, self._principal))
        raise ended()

    async def follow(self, operation: str, data: Mapping[str, Any]) -> AsyncGenerator[Any, None]:
        """Follow a stream of the attempt's own. Raises as `dispatch`, at the first item."""
        given = await self._admitted(operation, data)
        async with aclosing(self._context.follow(operation, given, self._principal)) as items:
            async for item in items:
                yield to_json_data(item)

    async def until_back(self) -> None:
        """Return: nothing is followed by this for longer than a call."""

    async def _admitted(self, operation: str, data: Mapping[str, Any]) -> dict[str, Any]:
        fields = self._fields(operation)
        if fields is None:
            raise Denied(
                "not-lent",
                f"{operation} is not lent to the agent of an attempt",
                got=operation,
                hint="Do your task with the tools that there are; a person decides of everything else.",
            )
        given = bound(self._attempt, fields, data)
        if not await is_alive(self._context, self._attempt):
            raise ended()
        return given


async def is_alive(context: Context, attempt: Attempt) -> bool:
    """Whether the attempt still holds the lease on its task, and has not reported."""
    record = await context.port("storage").get().task(attempt.run_id, attempt.task_id)
    return record is not None and record.token == attempt.token and record.state is TaskState.LEASED


def ended() -> Refused:
    """Return the error for an attempt that is over."""
    return Refused(
        "attempt-ended",
        "the attempt that this connection was lent for has ended",
        hint="Stop working on this task: nothing that you do for it counts any more.",
    )
