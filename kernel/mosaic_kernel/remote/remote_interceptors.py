"""Interceptors of a child, as the kernel's dispatcher takes them.

What the child does not change stays the very object, result or error. What the call goes on with runs in the
caller's own task, so that the end of the child does not end it half-way.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import trio

from mosaic_hookspecs.errors import Unavailable
from mosaic_hookspecs.operations import Call, InterceptorSpec, Proceed

from ..decode import decode
from ..encode import to_json_data
from .borrowing import fields_of
from .remote_operations import call_data

if TYPE_CHECKING:
    from .link import Link

_numbers = itertools.count(1)


def make_interceptor(link: Link, place: int, spec: Any) -> InterceptorSpec:
    """Return an interceptor that asks the child."""

    async def intercept(call: Call, data: Any, proceed: Proceed) -> Any:
        return await _Interception(link, place, call, data).run(proceed)

    return InterceptorSpec(stage=str(fields_of(spec, "stage")["stage"]), interceptor=intercept)


class _Following:
    """One time that the child had the call go on."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self.params = params
        self.done = trio.Event()
        self.result: Any = None
        self.error: Exception | None = None


class _Interception:
    """One call that the child stands around."""

    def __init__(self, link: Link, place: int, call: Call, data: Any) -> None:
        self._link = link
        self._call = call
        self._data = data
        self._number = next(_numbers)
        self._params = {
            "interceptor": place,
            "interception": self._number,
            "call": call_data(link, call),
            "input": link.objects.encode(data),
        }
        self._last: _Following | None = None
        self._wishes, self._wished = trio.open_memory_channel[_Following](0)
        self._answer: Any = None
        self._error: Exception | None = None

    async def run(self, proceed: Proceed) -> Any:
        self._link.service.interceptions[self._number] = self._go_on
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._ask)
                async for following in self._wished:
                    await self._follow(following, proceed)
        finally:
            del self._link.service.interceptions[self._number]
        return self._conclude()

    async def _ask(self) -> None:
        with self._wishes:
            try:
                self._answer = fields_of(await self._link.peer.request("intercept", self._params))
            except Exception as error:  # noqa: BLE001 - raised to the caller, and not in a group
                self._error = error

    async def _follow(self, following: _Following, proceed: Proceed) -> None:
        self._last = following
        try:
            changed = following.params.get("input")
            data = self._data if changed is None else decode(type(self._data), changed)
            following.result = await proceed(data)
        except Exception as error:  # noqa: BLE001 - the child's to know, and the caller's if the child passes it
            following.error = error
        finally:
            following.done.set()

    async def _go_on(self, params: Mapping[str, Any]) -> Any:
        following = _Following(params)
        await self._wishes.send(following)
        await following.done.wait()
        if following.error is not None:
            raise following.error
        return following.result

    def _conclude(self) -> Any:
        if self._error is not None:
            if self._link.peer.ended is not None:
                # The connection's error, and not what the interceptor says: the stage decides what follows.
                raise ConnectionError(str(self._error)) from self._error
            raise self._error
        if "result" in self._answer:
            plain = to_json_data(self._link.objects.decode(self._answer["result"]))
            return decode(self._call.operation.output, plain)
        if self._last is None:
            name = self._link.name
            raise Unavailable("bad-answer", f"an interceptor of plugin {name!r} neither went on nor answered")
        if self._last.error is not None:
            raise self._last.error
        return self._last.result
