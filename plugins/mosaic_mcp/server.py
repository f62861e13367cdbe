"""The MCP server: hands each request of the protocol to what answers it. Imports the SDK: import it late."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

import mcp_types as types
import trio
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import NotificationOptions
from mcp.server.lowlevel.server import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.server.subscriptions import ListenHandler
from mcp.shared.exceptions import MCPError

from mosaic_hookspecs.context import Context, Log
from mosaic_hookspecs.errors import MosaicError

from .background import (
    AFTER_ASKING,
    EXTENSION,
    REQUIRED,
    AnswerCall,
    BackgroundCall,
    BackgroundCalls,
    NameCall,
    Noting,
    Work,
    missing_extension,
    speaks,
)
from .calling import call, carried_out
from .catalogue import Catalogue
from .completing import Completer
from .direct.answers import Answers
from .following import followed
from .keeping import Keeper
from .lending.loans import Loans
from .paging import page_of
from .prompting import Prompts
from .reading import Resources
from .sessions import Sessions, connection_of, say_endless
from .settings import Config
from .system import System
from .telling import Teller, set_level
from .tiers import TIERS
from .visitors import Visitor, Visitors
from .wording import INSTRUCTIONS, INSTRUCTIONS_OF_AGENTS, REPEATABLE

_Ctx = ServerRequestContext[Any, Any]
NAME = "mosaic"
_TOLD = ("initialize", "server/discover")


class MosaicServer(Server[Any]):
    """The official server, which says to every client that its lists change."""

    def get_capabilities(
        self,
        notification_options: NotificationOptions | None = None,
        experimental_capabilities: dict[str, dict[str, Any]] | None = None,
        extensions: dict[str, dict[str, Any]] | None = None,
        *,
        protocol_version: str | None = None,
    ) -> types.ServerCapabilities:
        """Return what this server can do."""
        changes = NotificationOptions(resources_changed=True, tools_changed=True)
        return super().get_capabilities(
            changes, experimental_capabilities, extensions, protocol_version=protocol_version
        )


class Handlers:
    """Answers requests for one system."""

    def __init__(
        self,
        system: System,
        config: Config,
        log: Log,
        context: Context | None = None,
        loans: Loans | None = None,
    ) -> None:
        self._system = system
        self._config = config
        self._log = log
        self._catalogue = Catalogue(system, config)
        self.sessions = Sessions()
        self.visitors = Visitors(system, self._catalogue, config, context, loans)
        self._resources = Resources(self._catalogue, config)
        self._prompts = Prompts(system, config)
        self._completer = Completer(system, self._catalogue, self._prompts)
        self._background = BackgroundCalls(config.background_seconds, config.background_calls, Keeper(context))
        self._listening = ListenHandler(self.sessions.bus)

    def server(self) -> MosaicServer:
        """Return a server with these handlers."""

        @asynccontextmanager
        async def life(_: Server[Any]) -> AsyncIterator[None]:
            async with (
                followed(self._system, self._catalogue, self.sessions),
                trio.open_nursery() as self._background.nursery,
            ):
                await self._background.go_on(self._again)
                yield
                self._background.nursery.cancel_scope.cancel()

        server = MosaicServer(
            NAME,
            version=version("mosaic-stack"),
            title="Mosaic",
            instructions=INSTRUCTIONS,
            lifespan=life,
            get_tool_input_schema=self._catalogue.input_schema,
            on_list_tools=self._list_tools,
            on_call_tool=self._call_tool,
            on_list_resources=self._list_resources,
            on_list_resource_templates=self._list_templates,
            on_read_resource=self._read,
            on_subscribe_resource=self._subscribe,
            on_unsubscribe_resource=self._unsubscribe,
            on_subscriptions_listen=self._listen,
            on_list_prompts=self._list_prompts,
            on_get_prompt=self._get_prompt,
            on_completion=self._complete,
        )
        server.add_request_handler("logging/setLevel", types.SetLevelRequestParams, self._set_level)
        server.extensions[EXTENSION] = {}
        server.add_request_handler("tasks/get", NameCall, self._of_persons(self._background.get))
        server.add_request_handler("tasks/update", AnswerCall, self._of_persons(self._background.update))
        server.add_request_handler("tasks/cancel", NameCall, self._of_persons(self._background.cancel))
        server.add_notification_handler(
            "notifications/initialized", types.NotificationParams, self._initialized
        )
        # What an operation keeps between two rounds passes through the client, who must not change it.
        server.middleware.append(RequestStateBoundary(RequestStateSecurity.ephemeral(), default_audience=NAME))
        server.middleware.append(self._instruct)
        return server

    def answers(self, server: MosaicServer) -> Answers:
        """Return what answers direct requests in the server's stead."""
        return Answers(self._config, self._log, server.server_info_stamp)

    def end_streams(self) -> None:
        """Tell the clients that listen to changes that they will hear no more."""
        self._listening.close()

    async def _list_tools(
        self, ctx: _Ctx, params: types.PaginatedRequestParams | None
    ) -> types.ListToolsResult:
        tools, cursor = self._page(self._visitor(ctx).tools(), params)
        return types.ListToolsResult(
            tools=[types.Tool.model_validate(tool.wire) for tool in tools], next_cursor=cursor
        )

    async def _call_tool(self, ctx: _Ctx, params: types.CallToolRequestParams) -> Any:
        visitor = self._visitor(ctx)
        tool = visitor.find(params.name)
        if tool is None:
            raise MCPError(types.INVALID_PARAMS, self._unknown(visitor, params.name))
        mode = "" if visitor.is_agent else self._config.background.get(tool.operation, "")
        if mode == REQUIRED and not speaks(ctx):
            raise missing_extension()
        confirms = tool.operation in self._config.confirm
        if mode and speaks(ctx) and (mode != AFTER_ASKING or params.input_responses):

            async def work(one: BackgroundCall) -> Any:
                noting = Noting(one)
                return await call(
                    visitor.system,
                    tool,
                    ctx,
                    params,
                    self._log,
                    confirms=confirms,
                    listener=noting,
                    put=one.put,
                )

            return await self._background.begin(params.name, params.arguments or {}, work)
        return await call(visitor.system, tool, ctx, params, self._log, confirms=confirms, listener=Teller(ctx))

    def _again(self, name: str, arguments: Mapping[str, Any]) -> Work | None:
        """Return what calls a tool again that a system before this one began with; None if that must not be."""
        tool = self.visitors.of(None).find(name)
        if tool is None or tool.operation not in REPEATABLE:
            return None

        async def work(one: BackgroundCall) -> Any:
            return await carried_out(self._system, tool, arguments, self._log, Noting(one))

        return work

    def _unknown(self, visitor: Visitor, name: str) -> str:
        if visitor.is_agent:
            return (
                f"The tool {name} is not offered to the agent of an attempt, whatever asks for it. Do your "
                "task with the tools of tools/list; a person decides of everything else."
            )
        closed = self._catalogue.find(name, TIERS)
        if closed is None:
            return f"Unknown tool: {name}. tools/list names those that there are."
        tier = next(tier for tier, names in TIERS.items() if closed.operation in names)
        return (
            f"The tool {name} is not offered here. The person can offer it with plugins.mcp.tiers or, for this "
            f"connection alone, with ?tiers={tier} at the end of the URL or `mosaic mcp --tier {tier}`."
        )

    async def _list_resources(
        self, ctx: _Ctx, params: types.PaginatedRequestParams | None
    ) -> types.ListResourcesResult:
        found, cursor = self._page(await self._resources.listed(self._visitor(ctx)), params)
        return types.ListResourcesResult(resources=list(found), next_cursor=cursor)

    async def _list_templates(
        self, ctx: _Ctx, params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        found, cursor = self._page(self._resources.templates(self._visitor(ctx)), params)
        return types.ListResourceTemplatesResult(resource_templates=list(found), next_cursor=cursor)

    async def _read(self, ctx: _Ctx, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        return await self._resources.read(ctx, self._visitor(ctx), params.uri)

    async def _subscribe(self, ctx: _Ctx, params: types.SubscribeRequestParams) -> types.EmptyResult:
        self._require_readable(ctx, params.uri)
        self.sessions.subscribe(ctx, params.uri)
        return types.EmptyResult()

    async def _unsubscribe(self, ctx: _Ctx, params: types.UnsubscribeRequestParams) -> types.EmptyResult:
        self.sessions.unsubscribe(ctx, params.uri)
        return types.EmptyResult()

    async def _listen(
        self, ctx: _Ctx, params: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        for uri in params.notifications.resource_subscriptions or ():
            self._require_readable(ctx, uri)
        say_endless(ctx)
        return await self._listening(ctx, params)

    def _require_readable(self, ctx: _Ctx, uri: str) -> None:
        if not self._resources.may_read(self._visitor(ctx), uri):
            raise MCPError(types.INVALID_PARAMS, "There is no such resource", {"uri": uri})

    async def _list_prompts(
        self, ctx: _Ctx, params: types.PaginatedRequestParams | None
    ) -> types.ListPromptsResult:
        found, cursor = self._page(() if self._visitor(ctx).is_agent else self._prompts.listed(), params)
        return types.ListPromptsResult(prompts=list(found), next_cursor=cursor)

    async def _get_prompt(
        self, ctx: _Ctx, params: types.GetPromptRequestParams
    ) -> types.GetPromptResult | types.InputRequiredResult:
        if self._visitor(ctx).is_agent:
            raise MCPError(types.INVALID_PARAMS, f"Unknown prompt: {params.name}")
        return await self._prompts.get(ctx, params)

    async def _complete(self, ctx: _Ctx, params: types.CompleteRequestParams) -> types.CompleteResult:
        if self._visitor(ctx).is_agent:
            return types.CompleteResult(completion=types.Completion(values=[]))
        return await self._completer.complete(params)

    async def _set_level(self, ctx: _Ctx, params: types.SetLevelRequestParams) -> types.EmptyResult:
        set_level(ctx, params)
        return types.EmptyResult()

    async def _initialized(self, ctx: _Ctx, params: types.NotificationParams) -> None:
        self.sessions.enter(connection_of(ctx))

    def _page(self, items: Any, params: types.PaginatedRequestParams | None) -> tuple[Any, str | None]:
        try:
            return page_of(items, params.cursor if params else None, self._config.page)
        except MosaicError as error:
            raise MCPError(types.INVALID_PARAMS, str(error)) from None

    def _visitor(self, ctx: _Ctx) -> Visitor:
        return self.visitors.of_request(ctx.request)

    def _of_persons(
        self, handler: Callable[[_Ctx, Any], Awaitable[Any]]
    ) -> Callable[[_Ctx, Any], Awaitable[Any]]:
        """Return a handler that agents of attempts have no use for."""

        async def handle(ctx: _Ctx, params: Any) -> Any:
            if self._visitor(ctx).is_agent:
                raise MCPError(types.METHOD_NOT_FOUND, "Method not found", ctx.method)
            return await handler(ctx, params)

        return handle

    async def _instruct(self, ctx: _Ctx, call_next: Callable[[_Ctx], Awaitable[Any]]) -> Any:
        """Tell agents of attempts what is for them, instead of what is for persons."""
        result = await call_next(ctx)
        if ctx.method in _TOLD and self._visitor(ctx).is_agent and isinstance(result, dict):
            return {**result, "instructions": INSTRUCTIONS_OF_AGENTS}
        return result
