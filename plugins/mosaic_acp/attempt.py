"""One attempt: starts the agent's program, talks with it, and leaves nothing of it behind.

Owns what lives as long as the process does, and what is kept of it: the session, for a later attempt.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import trio

from mosaic_hookspecs import AgentResult, Assignment, Context, Conversation, JsonObject, secret_values
from mosaic_hookspecs.redaction import Redactor

from .configuration import Config
from .confining import Fence
from .gate import Gate
from .jsonrpc import Connection
from .kept_sessions import KeptSession, KeptSessions, fingerprint, home_of
from .lending import Loan, lent
from .patience import Patience
from .presets import Launch
from .rendering import TOPIC, Rendering
from .session import Session, Surroundings
from .spending import Spending
from .talk import Talk
from .terminals import Terminals

_LAST_WORDS = 2000


class Attempt:
    """One attempt of one agent at one task."""

    def __init__(
        self, launch: Launch, config: Config, context: Context, assignment: Assignment, workspace: Any
    ) -> None:
        self._launch = launch
        self._config = config
        self._context = context
        self._assignment = assignment
        self._workspace = workspace
        self._environment = _environment(launch, assignment)
        self._patience = Patience(config.silence_seconds)
        self._last_words = bytearray()
        self._hidden: frozenset[bytes] = frozenset()
        self._kept: KeptSession | None = None

    async def make(self) -> AgentResult:
        """Make the attempt; see `mosaic_hookspecs.Agent.run`."""
        launch = self._launch
        sessions = KeptSessions(self._context.state_directory, launch.name) if launch.settings.resume else None
        earlier, fits = None, ""
        if sessions is not None:
            home = await home_of(self._workspace)
            fits = await fingerprint(self._workspace, launch.command)
            earlier = await sessions.restore(self._assignment, home, fits)
        try:
            async with lent(self._context.dispatch, self._assignment, launch.name, self._context.log) as loan:
                return await self._process(loan, earlier, fits)
        finally:
            if sessions is not None and self._kept is not None:
                await sessions.keep(self._assignment, home, self._kept)

    async def _process(self, loan: Loan, earlier: KeptSession | None, fits: str) -> AgentResult:
        self._hidden = secret_values(self._environment, loan.environment) | loan.secrets
        rendering = Rendering(self._assignment.journal.output, self._tell, Redactor(self._hidden))
        failure: Exception | None = None
        result = AgentResult(outcome="failed", summary="the agent was ended")

        def hear_errors(data: bytes) -> None:
            self._last_words += data
            del self._last_words[:-_LAST_WORDS]
            rendering.errors(data)

        try:
            async with (
                self._started(hear_errors) as conversation,
                trio.open_nursery() as nursery,
            ):
                session = self._session(rendering, nursery, earlier)
                connection = Connection(conversation, session, nursery, self._config.longest_message)
                nursery.start_soon(connection.listen)
                try:
                    talk = self._talk(conversation, connection, session, loan, earlier)
                    result = await talk.hold()
                except Exception as error:  # noqa: BLE001 - raised again below, not as the nursery's group
                    failure = error
                finally:
                    if session.session_id:
                        money = self._spending.money_total
                        self._kept = KeptSession(session_id=session.session_id, fits=fits, money=money)
                    connection.stop()
                    nursery.cancel_scope.cancel()
        finally:
            rendering.finish()
        if failure is not None:
            raise failure
        return result

    def _talk(
        self,
        conversation: Conversation,
        connection: Connection,
        session: Session,
        loan: Loan,
        earlier: KeptSession | None,
    ) -> Talk:
        return Talk(
            launch=self._launch,
            config=self._config,
            dispatch=self._context.dispatch,
            assignment=self._assignment,
            directory=self._workspace.path,
            loan=loan,
            earlier=earlier,
            hidden=self._hidden,
            last_words=self._last_words,
            conversation=conversation,
            connection=connection,
            session=session,
            spending=self._spending,
            patience=self._patience,
        )

    def _started(self, hear: Callable[[bytes], None]) -> AbstractAsyncContextManager[Conversation]:
        started: AbstractAsyncContextManager[Conversation] = self._workspace.converse(
            list(self._launch.command), environment=self._environment, on_output=hear
        )
        return started

    def _session(self, rendering: Rendering, nursery: trio.Nursery, earlier: KeptSession | None) -> Session:
        settings, fence = self._launch.settings, Fence(self._workspace.path)
        gate = Gate(
            settings.permissions,
            fence,
            self._context.dispatch,
            self._patience,
            self._launch.name,
            self._assignment,
        )
        self._spending = Spending(
            self._assignment.journal.usage,
            settings.limit,
            self._patience.scope.cancel,
            is_subscription=settings.subscription,
            counts_all=self._launch.preset.counts_all,
            money_before=earlier.money if earlier is not None else 0.0,
        )
        return Session(
            Surroundings(
                fence=fence,
                gate=gate,
                terminals=Terminals(
                    self._workspace, fence, gate, self._patience, nursery, self._config.longest_output
                ),
                rendering=rendering,
                spending=self._spending,
                patience=self._patience,
                longest_file=self._config.longest_file,
            )
        )

    def _tell(self, what: JsonObject) -> None:
        assignment = self._assignment
        body = {
            "run_id": assignment.run_id,
            "task_id": assignment.spec.task_id,
            "token": assignment.token,
            "agent": self._launch.name,
            **what,
        }
        self._context.bus.publish(TOPIC, body)


def _environment(launch: Launch, assignment: Assignment) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in launch.inherit if name in os.environ}
    return {
        **inherited,
        **launch.environment,
        "MOSAIC_RUN_ID": assignment.run_id,
        "MOSAIC_TASK_ID": assignment.spec.task_id,
        "MOSAIC_ATTEMPT": str(assignment.attempt),
        "MOSAIC_TOKEN": str(assignment.token),
    }
