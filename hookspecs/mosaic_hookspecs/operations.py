"""Operations: what the system can do, declared once and offered through every door.

Owns the declaration, the principal and the interceptor's shape. A transport decodes its input,
authenticates a principal, and calls ``kernel.dispatch``; it holds no rule of its own.
"""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import attrs


class OperationKind(enum.Enum):
    """A query reads, a command changes, a stream follows."""

    QUERY = "query"
    COMMAND = "command"
    STREAM = "stream"


@attrs.frozen(kw_only=True)
class Principal:
    """Who acts. `permissions` are names such as ``task:read``; ``*`` is all of them."""

    name: str
    kind: str = "user"
    permissions: frozenset[str] = frozenset()

    def may(self, permission: str) -> bool:
        """Whether this principal has `permission` ("" is free)."""
        return not permission or "*" in self.permissions or permission in self.permissions


@attrs.frozen(kw_only=True)
class Call:
    """One dispatch of an operation, as its handler and its interceptors see it."""

    operation: Operation
    principal: Principal
    correlation: str = ""


Handler: TypeAlias = Callable[[Any, Call], Awaitable[Any]] | Callable[[Any, Call], AsyncIterator[Any]]


@attrs.frozen(kw_only=True)
class Operation:
    """One thing the system can do.

    `name` is ``thing.verb``. `input` and `output` are attrs classes (for a stream, `output` is one
    item). `handler` takes the typed input and the `Call`; a query's or command's is a coroutine
    function, a stream's an async generator function. `permission` is what the principal must have.
    `summary` is one sentence; the docstrings and field metadata (``{"help": …}``) of the records
    describe the rest to every door.

    What lasts longer than a reload should wait says how it goes on when its plugin is replaced. A query or
    command that `moves` is ended, and called again with the same input on the next generation: so it must
    bear to be called twice. A stream with `resume` goes on there: ``resume(input, item)`` returns the input
    that follows on from `item`, the last that was delivered. Anything else is waited for, up to the drain
    deadline; a stream is then ended with `Unavailable` (code ``stream-ended``).
    """

    name: str
    kind: OperationKind
    input: type
    output: type
    handler: Handler
    permission: str
    summary: str
    moves: bool = False
    resume: Callable[[Any, Any], Any] | None = None


Proceed: TypeAlias = Callable[[Any], Awaitable[Any]]
Interceptor: TypeAlias = Callable[[Call, Any, Proceed], Awaitable[Any]]
"""Stands around every query and command: ``await proceed(input)`` goes on, and may be left out or
its result changed. Interceptors are composed once, in the order authorize → quota → audit → metrics →
trace (`InterceptorSpec.stage`)."""

STAGES = ("authorize", "quota", "audit", "metrics", "trace")


@attrs.frozen(kw_only=True)
class InterceptorSpec:
    """An interceptor and where it stands; within a stage, in order of plugin start."""

    stage: str
    interceptor: Interceptor
