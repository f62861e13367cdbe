"""Deadlines of what is asked of a port: who is late is told of as an error of the port."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import trio

from mosaic_hookspecs.errors import Unavailable

_HINT = "What was asked for may be done or not: look before you do it again."


@contextmanager
def within(port: str, seconds: float, hint: str) -> Iterator[None]:
    """Bound what is awaited inside; see `mosaic_hookspecs.Port.within`."""
    with trio.move_on_after(seconds) as scope:
        yield
    if scope.cancelled_caught:
        raise Unavailable(f"{port}-slow", f"the {port} took longer than {seconds:g} s", hint=hint or _HINT)
