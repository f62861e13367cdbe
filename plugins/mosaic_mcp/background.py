"""Calls that go on without their client: the extension io.modelcontextprotocol/tasks (SEP-2663).

A client that speaks it is answered at once, and asks later how the call stands. What MCP calls a task is a call
here, since a task is something else to Mosaic. They are kept in the store: after a restart those that have
ended are told as before, those that may be called twice are called again, and of the others it is said that
they broke.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import attrs
import mcp_types as types
import pydantic
import trio
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from .keeping import Keeper
from .watching import Progress

EXTENSION = "io.modelcontextprotocol/tasks"
_POLL_MILLISECONDS = 1000
OFFERED, REQUIRED, AFTER_ASKING = "offered", "required", "after-asking"
_FINAL = ("completed", "failed", "cancelled")
_Ctx = ServerRequestContext[Any, Any]
Work = Callable[["BackgroundCall"], Awaitable[types.CallToolResult]]
Again = Callable[[str, Mapping[str, Any]], Work | None]
"""Returns what calls a tool of that name again with these arguments; None if that must not be."""
_BROKE = types.ErrorData(
    code=types.INTERNAL_ERROR,
    message="Mosaic was started anew while this went on. Look at what came of it, and call the tool again.",
)
Status = Literal["working", "input_required", "completed", "failed", "cancelled"]


class NameCall(types.RequestParams):
    """Which call is meant."""

    task_id: str


class AnswerCall(NameCall):
    """What the client was asked for."""

    input_responses: dict[str, Any] = pydantic.Field(default_factory=dict)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@attrs.define(eq=False)
class BackgroundCall:
    """One call, and how it stands."""

    tool: str
    arguments: Mapping[str, Any]
    id: str = attrs.field(factory=lambda: secrets.token_urlsafe(16))
    status: Status = "working"
    message: str = ""
    created_at: str = attrs.field(factory=_now)
    updated_at: str = attrs.field(factory=_now)
    began: float = attrs.field(factory=trio.current_time)
    result: dict[str, Any] | None = None
    error: dict[str, Any] | None = None
    asks: dict[str, Any] = attrs.field(factory=dict)
    answers: dict[str, Any] = attrs.field(factory=dict)
    answered: trio.Event = attrs.field(factory=trio.Event)
    scope: trio.CancelScope = attrs.field(factory=trio.CancelScope)

    def turn(self, status: Status, message: str = "") -> None:
        """Say how it stands from now on."""
        self.status, self.message, self.updated_at = status, message or self.message, _now()

    async def put(self, asks: Mapping[str, Any]) -> dict[str, Any]:
        """Ask the client, and return its answers when all are there."""
        keys = {f"{key}-{secrets.token_hex(4)}": key for key in asks}
        self.asks = {given: asks[key] for given, key in keys.items()}
        self.answers, self.answered = {}, trio.Event()
        self.turn("input_required")
        await self.answered.wait()
        self.turn("working")
        return {keys[given]: answer for given, answer in self.answers.items()}

    def to_data(self) -> dict[str, Any]:
        """Return what is kept of it, as JSON data."""
        return {name: getattr(self, name) for name in _KEPT}

    def take(self, answers: Mapping[str, Any]) -> None:
        """Take answers; those to what was not asked are passed over."""
        for key, answer in answers.items():
            if self.asks.pop(key, None) is not None:
                self.answers[key] = answer
        if self.status == "input_required" and not self.asks:
            self.answered.set()


_KEPT = ("tool", "arguments", "status", "message", "created_at", "updated_at", "result", "error")


class Noting:
    """Writes down how far a call is, for when its client asks."""

    is_heard = True

    def __init__(self, call: BackgroundCall) -> None:
        self._call = call

    async def progress(self, progress: Progress) -> None:
        """Write down how far it is."""
        far = f"{progress.done:g} of {progress.total:g}" if progress.total else f"{progress.done:g}"
        self._call.turn(self._call.status, f"{far}: {progress.message}" if progress.message else far)

    async def item(self, item: Any) -> None:
        """Write down what an item of a stream says of it."""
        if isinstance(item, dict) and isinstance(item.get("progress"), int | float):
            await self.progress(Progress(done=float(item["progress"]), total=float(item.get("total") or 0)))


class BackgroundCalls:
    """The calls that are kept: for `seconds` from their beginning, and at most `most` at once."""

    def __init__(self, seconds: float, most: int, keeper: Keeper) -> None:
        self._seconds = seconds
        self._most = most
        self._keeper = keeper
        self._calls: dict[str, BackgroundCall] = {}
        self.nursery: trio.Nursery | None = None

    async def go_on(self, again: Again) -> None:
        """Go on with the calls that are kept of the time before this system began."""
        now = datetime.now(UTC)
        for name, body in await self._keeper.kept(self._most):
            age = (now - datetime.fromisoformat(str(body["created_at"]))).total_seconds()
            call = BackgroundCall(id=name, began=trio.current_time() - age, **body)
            self._calls[name] = call
            if call.status in _FINAL:
                continue
            work = again(call.tool, call.arguments) if call.status == "working" else None
            if work is not None and self.nursery is not None:
                self.nursery.start_soon(self._run, call, work)
            else:
                await self._fail(call, _BROKE)

    async def begin(self, tool: str, arguments: Mapping[str, Any], work: Work) -> dict[str, Any]:
        """Begin a call, and return what the client is told of it.

        Raises:
            MCPError: too many are kept.
        """
        await self._sweep()
        if len(self._calls) >= self._most or self.nursery is None:
            raise MCPError(types.INTERNAL_ERROR, f"{self._most} calls are kept already; try again later")
        call = BackgroundCall(tool=tool, arguments=arguments)
        self._calls[call.id] = call
        await self._keeper.save(call.id, call.to_data())
        self.nursery.start_soon(self._run, call, work)
        return {"resultType": "task", **self._told(call)}

    async def get(self, ctx: _Ctx, params: NameCall) -> dict[str, Any]:
        """Say how a call stands: ``tasks/get``."""
        call = self._named(ctx, params)
        found = self._told(call)
        if call.status == "input_required":
            found["inputRequests"] = {
                key: ask.model_dump(by_alias=True, mode="json", exclude_none=True)
                for key, ask in call.asks.items()
            }
        if call.result is not None:
            found["result"] = call.result
        if call.error is not None:
            found["error"] = call.error
        return found

    async def update(self, ctx: _Ctx, params: AnswerCall) -> dict[str, Any]:
        """Take what the client was asked for: ``tasks/update``."""
        self._named(ctx, params).take(params.input_responses)
        return {}

    async def cancel(self, ctx: _Ctx, params: NameCall) -> dict[str, Any]:
        """End a call: ``tasks/cancel``. One that has ended stays as it is."""
        self._named(ctx, params).scope.cancel()
        return {}

    async def _run(self, call: BackgroundCall, work: Work) -> None:
        with call.scope:
            try:
                result = await work(call)
            except MCPError as error:
                await self._fail(call, error.error)
                return
            else:
                call.result = result.model_dump(by_alias=True, mode="json", exclude_none=True)
                call.turn("completed")
        if call.scope.cancelled_caught:
            call.turn("cancelled")
        await self._keeper.save(call.id, call.to_data())

    async def _fail(self, call: BackgroundCall, error: types.ErrorData) -> None:
        call.error = error.model_dump(mode="json", exclude_none=True)
        call.turn("failed", error.message)
        await self._keeper.save(call.id, call.to_data())

    def _told(self, call: BackgroundCall) -> dict[str, Any]:
        told: dict[str, Any] = {
            "taskId": call.id,
            "status": call.status,
            "createdAt": call.created_at,
            "lastUpdatedAt": call.updated_at,
            "ttlMs": int(self._seconds * 1000),
            "pollIntervalMs": _POLL_MILLISECONDS,
        }
        return {**told, "statusMessage": call.message} if call.message else told

    def _named(self, ctx: _Ctx, params: NameCall) -> BackgroundCall:
        if ctx.protocol_version not in MODERN_PROTOCOL_VERSIONS:
            raise MCPError(types.METHOD_NOT_FOUND, "Method not found", ctx.method)
        if not speaks(ctx):
            raise missing_extension()
        headers = getattr(ctx.request, "headers", None)
        if headers is not None and headers.get("mcp-name") != params.task_id:
            raise MCPError(types.HEADER_MISMATCH, "The header Mcp-Name is not the taskId of the body")
        call = self._calls.get(params.task_id)
        if call is None:
            raise MCPError(types.INVALID_PARAMS, "There is no such task; it may have been kept long enough")
        return call

    async def _sweep(self) -> None:
        until = trio.current_time() - self._seconds
        for call in tuple(self._calls.values()):
            if call.status in _FINAL and call.began < until:
                del self._calls[call.id]
                await self._keeper.forget(call.id)


def speaks(ctx: _Ctx) -> bool:
    """Whether the client of this request speaks the extension."""
    declared = ctx.session.client_capabilities
    return (
        ctx.protocol_version in MODERN_PROTOCOL_VERSIONS
        and declared is not None
        and EXTENSION in (declared.extensions or {})
    )


def missing_extension() -> MCPError:
    """Return the error for a client that does not speak the extension."""
    return MCPError(
        types.MISSING_REQUIRED_CLIENT_CAPABILITY,
        f"This needs a client that speaks {EXTENSION}",
        {"requiredCapabilities": {"extensions": {EXTENSION: {}}}},
    )
