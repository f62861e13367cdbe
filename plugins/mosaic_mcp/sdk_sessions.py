"""The sessions that the SDK keeps, and what it does not do for them: they outlive a reload of this plugin, can
be read on after a broken stream, and are looked up for calls that are answered directly.

What this touches of the SDK is not its public face; the conformance suite and the tests of reloading hold it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import anyio
import mcp_types as types
import trio
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser, authorization_context
from mcp.server.auth.provider import AccessToken
from mcp.server.connection import Connection
from mcp.server.runner import serve_connection
from mcp.server.streamable_http import StreamableHTTPServerTransport
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.jsonrpc_dispatcher import JSONRPCDispatcher

from .event_log import EventLog
from .lending.loans import Attempt
from .sessions import Sessions
from .telling import LEVEL

_log = logging.getLogger("mcp.mosaic")


def user_of(attempt: Attempt) -> AuthenticatedUser:
    """Return the agent of an attempt as the SDK knows users: a session is used by whoever began it."""
    name = f"{attempt.agent}\n{attempt.run_id}\n{attempt.task_id}\n{attempt.token}"
    return AuthenticatedUser(AccessToken(token="", client_id=name, scopes=[]))


class SessionManager(StreamableHTTPSessionManager):
    """The SDK's manager of sessions, whose sessions can be handed on."""

    def held(self, name: str, attempt: Attempt | None) -> StreamableHTTPServerTransport | None:
        """Return a session that goes on, and is this visitor's; None if there is none."""
        transport = self._server_instances.get(name)
        if transport is None or transport.is_terminated:
            return None
        owner = self._session_owners.get(name)
        if owner != (None if attempt is None else authorization_context(user_of(attempt))):
            return None
        scope = transport.idle_scope
        return None if scope is not None and scope.cancel_called else transport

    def to_data(self, sessions: Sessions) -> list[dict[str, Any]]:
        """Return the sessions as JSON data, for the next generation."""
        found = []
        for name, connection in sessions.by_name().items():
            transport, params = self._server_instances.get(name), connection.client_params
            if transport is None or transport.is_terminated or params is None:
                continue
            found.append(
                {
                    "name": name,
                    "version": connection.protocol_version,
                    "client": params.model_dump(by_alias=True, mode="json", exclude_none=True),
                    "level": connection.state.get(LEVEL),
                    "uris": sorted(sessions.uris_of(connection)),
                    "owner": self._session_owners.get(name),
                }
            )
        return found

    async def take_over(self, about: Mapping[str, Any], sessions: Sessions) -> None:
        """Go on with a session of the generation before."""
        transport = StreamableHTTPServerTransport(
            mcp_session_id=about["name"], event_store=EventLog(), idle_timeout=self.session_idle_timeout
        )
        self._server_instances[about["name"]] = transport
        if about["owner"] is not None:
            self._session_owners[about["name"]] = about["owner"]
        running: Any = self._task_group
        await running.start(self._go_on, transport, about, sessions)

    def _admit_session(self, requestor: Any) -> StreamableHTTPServerTransport | None:
        transport = super()._admit_session(requestor)
        if transport is not None:
            # One log for all, as the SDK has it, would tell one session what another was sent.
            transport._event_store = EventLog()  # noqa: SLF001 - the only way to it
        return transport

    async def _go_on(
        self,
        transport: StreamableHTTPServerTransport,
        about: Mapping[str, Any],
        sessions: Sessions,
        *,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        name = str(about["name"])
        async with transport.connect() as (incoming, outgoing):
            dispatcher: JSONRPCDispatcher[Any] = JSONRPCDispatcher(incoming, outgoing)
            connection = Connection(
                dispatcher,
                protocol_version=about["version"],
                session_id=name,
                client_params=types.InitializeRequestParams.model_validate(about["client"]),
            )
            connection.initialized.set()
            if about["level"] is not None:
                connection.state[LEVEL] = about["level"]
            sessions.enter(connection, about["uris"])
            task_status.started()
            scope = transport.idle_scope or anyio.CancelScope()
            assert self.session_idle_timeout is not None  # noqa: S101 - the configuration has one
            scope.deadline = anyio.current_time() + self.session_idle_timeout
            try:
                with scope:
                    await serve_connection(
                        self.app, dispatcher, connection=connection, lifespan_state=self._lifespan_state
                    )
            except Exception:  # noqa: BLE001 - a boundary: one session must not end the others
                _log.exception("a session that was taken over has failed")
            finally:
                await self._discard_session(name, transport)


@contextmanager
def in_use(transport: StreamableHTTPServerTransport, idle_seconds: float) -> Iterator[None]:
    """Keep a session from being forgotten while a call is in flight, and for a while after it."""
    transport._requests_in_flight += 1  # noqa: SLF001 - as the transport itself does
    if transport.idle_scope is not None:
        transport.idle_scope.deadline = float("inf")
    try:
        yield
    finally:
        transport._requests_in_flight -= 1  # noqa: SLF001
        if transport.idle_scope is not None and not transport._requests_in_flight:  # noqa: SLF001
            transport.idle_scope.deadline = trio.current_time() + idle_seconds
