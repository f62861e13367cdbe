"""Copies one store into another while it is used."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any


async def copy_storage(old: Any, new: Any, hold: Callable[[], Awaitable[None]]) -> None:
    """Make the store `new` hold all that `old` holds."""
    raise NotImplementedError
