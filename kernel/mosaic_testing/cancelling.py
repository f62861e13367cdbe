"""Sees whether a call lets its cancellation through.

In trio, being cancelled is an exception that has to leave the call; one that catches it and goes on keeps
the whole plugin from ending.
"""

from __future__ import annotations

from collections.abc import Awaitable, Generator
from typing import Any

import outcome
import trio

__all__ = ["Watched", "require_lets_go"]


class Watched:
    """Awaits something, and remembers whether it was `told` to end by a cancellation. Trio does not tell a
    call that waits for its own nursery: only the tasks in that.
    """

    def __init__(self, awaitable: Awaitable[Any]) -> None:
        self._awaitable = awaitable
        self.told = False

    def __await__(self) -> Generator[Any, Any, Any]:
        inner = self._awaitable.__await__()
        sent: Any = None
        while True:
            try:
                wanted = inner.send(sent)
            except StopIteration as done:
                return done.value
            sent = yield wanted
            self.told = self.told or (
                isinstance(sent, outcome.Error) and isinstance(sent.error, trio.Cancelled)
            )


async def require_lets_go(
    awaitable: Awaitable[Any], what: str, *, seconds: float, after: float = 0.0, is_endless: bool = False
) -> None:
    """Cancel a call `after` some seconds; fail unless it ends within `seconds`, by the cancellation or (unless
    it `is_endless`) by having been done already.

    Raises:
        AssertionError: it swallowed the cancellation, turned it into an error, or took too long.
    """
    __tracebackhide__ = True
    watched = Watched(awaitable)
    cancelled_at = trio.current_time() + after
    with trio.CancelScope(deadline=cancelled_at) as scope:
        if not after:
            scope.cancel()
        try:
            await watched
        except trio.Cancelled:
            raise
        except BaseException as error:
            if watched.told and not (isinstance(error, BaseExceptionGroup) and error.split(trio.Cancelled)[0]):
                raise AssertionError(
                    f"{what} was cancelled, and raised {type(error).__name__} ({error}) instead of letting go"
                ) from error
            raise
        else:
            is_swallowed = watched.told or (is_endless and scope.cancel_called)
            assert not is_swallowed, (
                f"{what} was cancelled, and returned as if it was not: it caught trio.Cancelled"
            )
            assert not is_endless, f"{what} returned by itself, where it has to wait"
    late = trio.current_time() - cancelled_at
    assert late <= seconds, f"{what} took {late:.1f} s to end when it was cancelled; it may take {seconds:g} s"
