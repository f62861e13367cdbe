"""The calls that last: begun for a client, looked at by their name, and kept for a while when they have ended.

What is known of them are plain values, which the generations of this plugin share: a call that may be repeated
goes on in the next one, another ends in the one that began it.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Any

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.encode import to_json_data
from mosaic_hookspecs.errors import MosaicError, NotFound, Refused, Unavailable
from mosaic_hookspecs.operations import Principal

from ..catalogue import Offered
from ..problems import problem_of
from ..selecting import selected
from ..settings import Config
from .progress import DRIVE, told_of

RUNNING, DONE, FAILED, CANCELLED = "running", "done", "failed", "cancelled"
PREFIX = "op-"
_SHOWN = ("id", "operation", "state", "progress", "result", "problem", "began_at", "ended_at")
_REPEATABLE = (DRIVE,)
Call = dict[str, Any]
Paths = Sequence[tuple[str, ...]]


class LongCalls:
    """The calls that last, of one generation; `known` are all that there are, by their names."""

    def __init__(self, context: Context, config: Config, nursery: trio.Nursery, known: dict[str, Call]) -> None:
        self._context = context
        self._config = config
        self._nursery = nursery
        self._known = known

    def go_on(self) -> None:
        """Go on with what the generation before has begun, and may be begun again."""
        for call in self._known.values():
            if call["state"] == RUNNING and _may_be_repeated(call):
                self._begin(call)

    def begin(self, operation: Offered, data: Mapping[str, Any], principal: Principal, paths: Paths) -> Call:
        """Begin a call. `paths` name what is shown of its output; none: all of it.

        Raises:
            Refused: too many are at work already (code ``too-many-operations``).
        """
        self._make_room()
        call: Call = {
            "id": PREFIX + secrets.token_urlsafe(12),
            "operation": operation.name,
            "input": dict(data),
            "principal": principal,
            "state": RUNNING,
            "progress": None,
            "result": None,
            "problem": None,
            "began_at": self._context.clock.now(),
            "ended_at": None,
            "paths": list(paths),
            "changed": trio.Event(),
        }
        self._known[call["id"]] = call
        self._begin(call)
        return call

    def find(self, name: str, principal: Principal) -> Call:
        """Return a call of this principal's.

        Raises:
            NotFound: there is none, or no more (code ``unknown-call``).
        """
        call = self._known.get(name)
        if call is None or call["principal"].name != principal.name:
            raise NotFound(
                "unknown-call",
                "there is no such operation at work, or not any more",
                where=name[:80],
                hint="What has ended is kept for a while, and not over a restart. Look at what it was about.",
            )
        return call

    def end(self, call: Call) -> None:
        """Cancel a call; forget one that has ended."""
        if call["state"] == RUNNING:
            call["state"] = CANCELLED
            call["scope"].cancel()
            self._ended(call)
        else:
            self.forget(call)

    def forget(self, call: Call) -> None:
        """Keep a call no longer."""
        self._known.pop(call["id"], None)

    async def drain(self) -> None:
        """Return when nothing is at work in this generation that could not be begun again by the next one."""
        for call in tuple(self._known.values()):
            while call["state"] == RUNNING and not _may_be_repeated(call):
                await call["changed"].wait()

    def _begin(self, call: Call) -> None:
        call["generation"] = self._context.generation
        call["scope"] = trio.CancelScope()
        self._nursery.start_soon(self._carry_out, call, call["scope"])

    async def _carry_out(self, call: Call, scope: trio.CancelScope) -> None:
        try:
            await self._settled(call, scope)
        finally:
            # Whoever stopped it, and when: nobody waits for ever. One that is begun again is another's by then.
            if not _may_be_repeated(call):
                self._settle(call, FAILED, problem=problem_of(_cut_short()))

    async def _settled(self, call: Call, scope: trio.CancelScope) -> None:
        with scope:
            try:
                output = await self._output(call)
            except Exception as error:  # noqa: BLE001 - a boundary: whoever asks is told
                if not isinstance(error, MosaicError | OSError):
                    self._context.log.error("http.call_failed", operation=call["operation"], error=error)  # noqa: TRY400 - our own
                self._settle(call, FAILED, problem=problem_of(error))
            else:
                self._settle(call, DONE, result=output)

    async def _output(self, call: Call) -> Any:
        context, data, principal = self._context, call["input"], call["principal"]
        async with AsyncExitStack() as stack:
            run_id = data.get("run_id")
            if call["operation"] == DRIVE and isinstance(run_id, str) and run_id:
                telling = told_of(context, run_id, principal, lambda progress: self._tell(call, progress))
                await stack.enter_async_context(telling)
            return to_json_data(await context.dispatch(call["operation"], dict(data), principal))

    def _tell(self, call: Call, progress: Mapping[str, Any]) -> None:
        if self._is_ours(call):
            call["progress"] = dict(progress)
            _wake(call)

    def _settle(self, call: Call, state: str, **told: Any) -> None:
        if self._is_ours(call):
            call.update(told, state=state)
            self._ended(call)

    def _ended(self, call: Call) -> None:
        call["ended_at"] = self._context.clock.now()
        _wake(call)

    def _is_ours(self, call: Call) -> bool:
        return bool(call["state"] == RUNNING and call["generation"] == self._context.generation)

    def _make_room(self) -> None:
        oldest = self._context.clock.now() - self._config.operation_seconds * 1000
        ended = [call for call in self._known.values() if call["state"] != RUNNING]
        for call in ended:
            if call["ended_at"] < oldest or len(self._known) >= self._config.operations:
                self.forget(call)
        if len(self._known) >= self._config.operations:
            raise Refused(
                "too-many-operations",
                "too many operations are at work for clients that do not wait",
                expected=f"fewer than {self._config.operations}",
                hint="Wait for one of them, or cancel it; plugins.http.operations says how many there may be.",
            )


async def changed(call: Call, seconds: float) -> bool:
    """Wait until a call is further than now, at most so long; return whether it is."""
    with trio.move_on_after(seconds):
        await call["changed"].wait()
        return True
    return False


async def ended(call: Call, seconds: float) -> bool:
    """Wait until a call has ended, at most so long; return whether it has."""
    with trio.move_on_after(seconds):
        while call["state"] == RUNNING:
            await call["changed"].wait()
    return bool(call["state"] != RUNNING)


def shown(call: Call) -> dict[str, Any]:
    """Return what a client is told of a call."""
    return {**{name: call[name] for name in _SHOWN}, "result": result_of(call)}


def result_of(call: Call) -> Any:
    """Return what a client is shown of the output."""
    return selected(call["result"], call["paths"]) if call["paths"] else call["result"]


def _cut_short() -> Unavailable:
    return Unavailable(
        "outcome-unknown",
        "the operation did not end in time when the HTTP door was replaced, and nobody knows what became of it",
        hint="Look whether it was done; if not, ask for it again.",
    )


def _may_be_repeated(call: Call) -> bool:
    return str(call["operation"]) in _REPEATABLE


def _wake(call: Call) -> None:
    event, call["changed"] = call["changed"], trio.Event()
    event.set()
