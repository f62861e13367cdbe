"""The talk with one agent, from its first word to its last: opens the session, prompts, and says how it ended.

Owns the deadlines, and what each way to end means. Refuses to believe: the agent reports, and Mosaic's checks
decide.
"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import attrs
import trio

from mosaic_hookspecs import AgentResult, Assignment, Conversation, MosaicError, Unavailable
from mosaic_hookspecs.redaction import Redactor

from .configuration import Config
from .gate import Dispatch
from .jsonrpc import AUTH_REQUIRED, AgentGone, Asked, CallError, Connection
from .kept_sessions import KeptSession
from .lending import Loan
from .patience import Patience
from .presets import Launch
from .prompting import make_prompt
from .session import VERSION, Session, chosen_model
from .spending import Spending
from .values import mapping, text

_LONGEST_SUMMARY = 300
_EXIT_SECONDS = 2.0
_FAILURES = {
    "refusal": "the model refused to go on",
    "max_tokens": "the model ran out of tokens",
    "max_turn_requests": "it used up the requests of one turn",
    "cancelled": "the agent cancelled the turn by itself",
}


@attrs.frozen(kw_only=True)
class Talk:
    """The talk of one attempt. `last_words` is the end of what the program printed to its standard error,
    `hidden` what nobody may read.
    """

    launch: Launch
    config: Config
    dispatch: Dispatch
    assignment: Assignment
    directory: Path
    loan: Loan
    earlier: KeptSession | None
    hidden: frozenset[bytes]
    last_words: bytearray
    conversation: Conversation
    connection: Connection
    session: Session
    spending: Spending
    patience: Patience

    async def hold(self) -> AgentResult:
        """Do the task; see `mosaic_hookspecs.Agent.run`."""
        try:
            with trio.fail_after(self.config.start_seconds):
                servers, known = await self._greet()
                is_resumed = await self._open(servers, known)
        except trio.TooSlowError:
            raise self._cannot(f"no session within {self.config.start_seconds:g} seconds") from None
        except AgentGone as error:
            raise self._cannot((await self._ending(error))[0]) from error
        except CallError as error:
            raise self._cannot(error.message, needs_login=error.code == AUTH_REQUIRED) from error
        self.patience.heard()
        try:
            with self.patience.scope:
                return await self._work(servers, is_resumed=is_resumed)
        except AgentGone as error:
            how, code = await self._ending(error)
            return self._result("failed", f"the agent ended in the middle of its turn: {how}", code)
        except CallError as error:
            return self._result("failed", f"the agent could not go on: {error.message}")
        return self._result("failed", self._why_ended())

    async def _greet(self) -> tuple[list[dict[str, Any]], str]:
        """Say hello; return the MCP servers for the session, and the session to open again ("": none)."""
        launch = self.launch
        offered = {
            "protocolVersion": VERSION,
            "clientCapabilities": launch.capabilities,
            "clientInfo": {"name": "mosaic", "title": "Mosaic", "version": "1"},
        }
        answer = await self.connection.request("initialize", offered)
        if answer.get("protocolVersion") != VERSION:
            raise Unavailable(
                "acp-version",
                f"{launch.name} does not speak this version of the Agent Client Protocol",
                expected=f"version {VERSION}",
                got=f"version {answer.get('protocolVersion')!r}",
                hint="Install a version of the agent that speaks it.",
            )
        if launch.authenticate:
            await self.connection.request("authenticate", {"methodId": launch.authenticate})
        capabilities = mapping(answer, "agentCapabilities")
        can_resume = self.earlier is not None and capabilities.get("loadSession") is True
        servers = self.loan.servers(capabilities) if launch.preset.lends else []
        return servers, self.earlier.session_id if self.earlier and can_resume else ""

    async def _open(self, servers: list[dict[str, Any]], known: str) -> bool:
        settings = self.launch.settings
        opened, is_resumed = await self.session.open(
            self.connection, self.directory, servers, known, self.launch.preset.session
        )
        self.spending.model = settings.model or chosen_model(opened)
        await self.session.choose(self.connection, opened, mode=self.launch.mode, model=settings.model)
        return is_resumed

    async def _work(self, servers: list[dict[str, Any]], *, is_resumed: bool) -> AgentResult:
        try:
            return await self._turn(await self._words(is_resumed=is_resumed))
        except CallError as error:
            # Some open a session again, and find only then that they do not have it.
            if not is_resumed:
                raise
            self.session.say(f"the earlier session cannot go on: {error.message}")
            await self._open(servers, "")
            return await self._turn(await self._words(is_resumed=False))

    async def _words(self, *, is_resumed: bool) -> str:
        return await make_prompt(
            self.dispatch,
            self.assignment,
            instructions=self.launch.settings.instructions,
            longest=self.config.longest_context,
            is_resumed=is_resumed,
        )

    async def _turn(self, words: str) -> AgentResult:
        asked = await self.session.prompt(self.connection, words)
        try:
            answer = await asked.result()
        except trio.Cancelled:
            await self._let_it_end(asked)
            raise
        self.spending.answered(answer)
        reason = text(answer, "stopReason")
        if reason == "end_turn":
            return self._result("succeeded", _last_line(self.session.message))
        summary = _FAILURES.get(reason, f"the turn ended with {reason!r}")
        if self.session.denial:
            summary += f"; denied was: {self.session.denial}"
        return self._result("failed", summary)

    async def _let_it_end(self, asked: Asked) -> None:
        with trio.CancelScope(shield=True), trio.move_on_after(self.config.cancel_seconds):
            try:
                await self.session.cancel(self.connection)
                answer = await asked.result()
            except (AgentGone, CallError):
                return
            if isinstance(answer, dict):
                self.spending.answered(answer)

    def _why_ended(self) -> str:
        if self.spending.is_over:
            spent = self.spending.spent
            tokens = spent.input_tokens + spent.output_tokens
            used = f"${spent.money:.4f}, {tokens} tokens, {self.spending.calls} calls"
            return f"the attempt's limit is spent ({used})"
        return f"the agent was silent for {self.config.silence_seconds:g} seconds"

    def _result(self, outcome: str, summary: str, exit_code: int | None = None) -> AgentResult:
        redactor = Redactor(self.hidden)
        shown = redactor.feed(summary.encode(errors="replace")) + redactor.finish()
        words = shown.decode(errors="replace")[:_LONGEST_SUMMARY]
        return AgentResult(outcome=outcome, summary=words, exit_code=exit_code)

    async def _exit_code(self) -> int | None:
        with trio.move_on_after(_EXIT_SECONDS):
            return await self.conversation.wait()
        return None

    async def _ending(self, gone: AgentGone) -> tuple[str, int | None]:
        code = await self._exit_code() if gone.has_ended else None
        how = str(gone) if code is None else f"exit code {code}" if code >= 0 else f"signal {-code}"
        lines = bytes(self.last_words).decode(errors="replace").strip().splitlines()
        return (f"{how}: {lines[-1].strip()[:200]}" if lines else how), code

    def _cannot(self, reason: str, *, needs_login: bool = False) -> MosaicError:
        command = shlex.join(self.launch.command)
        install = self.launch.preset.install
        if needs_login:
            return Unavailable(
                "agent-not-logged-in",
                f"{self.launch.name} asks for a login",
                got=reason,
                hint="Name the variable of its key under `inherit`, or set `authenticate` to its method.",
            )
        return Unavailable(
            "agent-does-not-begin",
            f"{self.launch.name} does not open a session",
            got=reason,
            hint=f"Try `{command}` by hand" + (f"; install it by: {install}." if install else "."),
        )


def _last_line(message: str) -> str:
    lines = [line.strip() for line in message.strip().splitlines() if line.strip()]
    return lines[-1] if lines else ""
