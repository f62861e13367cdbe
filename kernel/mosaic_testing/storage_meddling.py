"""A store that lets a test do something before every call: write, look, or break off."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any


class Meddled:
    """Stands before a store. ``await meddle(name)`` runs before each call of the method of that name."""

    def __init__(self, storage: Any, meddle: Callable[[str], Awaitable[None]]) -> None:
        self._storage = storage
        self._meddle = meddle

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._storage, name)

        async def call(*args: Any, **kwargs: Any) -> Any:
            await self._meddle(name)
            return await method(*args, **kwargs)

        return call


class Answering:
    """Stands before a store, and answers the calls of one method in another way: ``await answer(call)``,
    where ``await call()`` returns what the store answers.
    """

    def __init__(self, storage: Any, name: str, answer: Callable[..., Awaitable[Any]]) -> None:
        self._storage = storage
        self._name = name
        self._answer = answer

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._storage, name)
        if name != self._name:
            return method

        async def call(*args: Any, **kwargs: Any) -> Any:
            async def ask() -> Any:
                return await method(*args, **kwargs)

            return await self._answer(ask)

        return call
