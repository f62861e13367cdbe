"""One attempt: gives an agent elsewhere the task, follows it to its end, and takes what it made.

Owns the deadlines and what each state means. Refuses to leave the agent at work: whoever ends the attempt here
has the task cancelled there.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from typing import Any

import trio

from mosaic_hookspecs import AgentResult, Assignment, Context, MosaicError, Unavailable, Workspace
from mosaic_hookspecs.redaction import Redactor

from .card import Card, refused
from .configuration import Config, RemoteAgent
from .exchange import Broken, Rejected
from .handing_in import hand_in
from .progress import Progress, Standing
from .remote import Remote, RemoteError
from .telling import make_message, make_parts

TOPIC = "a2a.update"
_LONGEST_SUMMARY = 300
_LONGEST_SAID = 4000
_CONTROL = {code: None for code in (*range(32), *range(127, 160)) if code not in {9, 10}}
_ENDINGS = {
    "FAILED": "the agent says that it failed",
    "CANCELED": "the task was cancelled at the agent",
    "REJECTED": "the agent does not take the task",
    "AUTH_REQUIRED": "the agent asks for a login at another service",
}


class Attempt:
    """One attempt of one agent elsewhere at one task."""

    def __init__(  # noqa: PLR0913 - what it stands on
        self,
        name: str,
        agent: RemoteAgent,
        config: Config,
        context: Context,
        assignment: Assignment,
        hidden: frozenset[bytes],
    ) -> None:
        self._name = name
        self._agent = agent
        self._config = config
        self._context = context
        self._assignment = assignment
        self._hidden = hidden
        self._redactor = Redactor(hidden)
        self._progress = Progress(config.largest_artifacts)
        self._silence = trio.CancelScope()
        self._questions = 0

    async def make(self, remote: Remote, card: Card, workspace: Workspace) -> AgentResult:
        """Make the attempt with an agent whose card is read."""
        parts = await make_parts(
            self._context.dispatch,
            self._assignment,
            instructions=self._agent.instructions,
            longest=self._config.longest_context,
            sends=self._agent.sends,
            largest=self._config.largest_sent,
        )
        try:
            with self._silence:
                await self._to_its_end(remote, card, parts)
            if self._silence.cancelled_caught:
                await self._cancel(remote)
                return self._failed(f"the agent was silent for {self._config.silence_seconds:g} seconds")
            return await self._result(workspace)
        except Rejected as error:
            await self._cancel(remote)
            raise refused(card.address.geturl(), error) from error
        except RemoteError as error:
            await self._cancel(remote)
            return self._failed(f"the agent answers with an error: {error}")
        except Broken as error:
            await self._cancel(remote)
            return self._failed(f"the agent was lost: {error}")
        except MosaicError as error:
            await self._cancel(remote)
            return self._failed(str(error))
        except trio.Cancelled:
            await self._cancel(remote)
            raise
        finally:
            self._write(self._redactor.finish())

    async def _to_its_end(self, remote: Remote, card: Card, parts: list[dict[str, Any]]) -> None:
        message = make_message(parts)
        while True:
            await self._turn(remote, card, message)
            if self._progress.standing is not Standing.ASKS:
                return
            answer = await self._answer()
            message = make_message(
                [{"text": answer}], task_id=self._progress.task_id, context_id=self._progress.context_id
            )

    async def _turn(self, remote: Remote, card: Card, message: Mapping[str, Any]) -> None:
        """Send a message, and follow the task until it ends or asks."""
        self._heard()
        self._progress.state = ""
        request = {"message": message, "configuration": {"acceptedOutputModes": ["*/*"]}}
        if not card.is_streaming:
            self._take(await remote.call("SendMessage", request))
            await self._poll(remote)
            return
        stream: Callable[[], AsyncGenerator[dict[str, Any], None]]
        stream = lambda: remote.follow("SendStreamingMessage", request)  # noqa: E731 - the first of several
        for broken in range(self._config.reconnects + 1):
            try:
                await self._follow(stream())
            except Broken:
                if broken == self._config.reconnects or not self._progress.task_id:
                    raise
            if not self._progress.is_open():
                return
            if not self._progress.task_id:
                raise Broken("the stream ended before there was a task")
            self._take({"task": await remote.call("GetTask", {"id": self._progress.task_id})})
            if not self._progress.is_open():
                return
            stream = lambda: remote.follow("SubscribeToTask", {"id": self._progress.task_id})  # noqa: E731
        await self._poll(remote)

    async def _follow(self, stream: AsyncGenerator[dict[str, Any], None]) -> None:
        async with aclosing(stream):
            async for update in stream:
                self._take(update)
                if not self._progress.is_open():
                    return

    async def _poll(self, remote: Remote) -> None:
        # Who cannot stream can only be asked.
        while self._progress.is_open():
            if not self._progress.task_id:
                raise Broken("the answer has neither a task nor a message")
            await trio.sleep(self._config.poll_seconds)
            before = (self._progress.state, self._progress.words, len(self._progress.artifacts))
            deadline = self._silence.deadline
            self._take({"task": await remote.call("GetTask", {"id": self._progress.task_id})})
            if before == (self._progress.state, self._progress.words, len(self._progress.artifacts)):
                # That it answers is no sign that it works.
                self._silence.deadline = deadline

    async def _answer(self) -> str:
        """Have a person answer the agent's question."""
        words = self._progress.words or "The agent asks for input, and does not say what."
        self._questions += 1
        if self._questions > self._config.most_questions or self._config.ask_seconds <= 0:
            raise Unavailable("nobody-answers", f"the agent asks: {words[:200]}", got="no answer")
        spec = self._assignment.spec
        question = {
            "kind": "question",
            "title": f"{self._name} asks about {spec.title or spec.task_id}"[:200],
            "text": words[:_LONGEST_SAID],
            "options": [],
            "run_id": self._assignment.run_id,
            "task_id": spec.task_id,
            "wait_seconds": self._config.ask_seconds,
            "name": self._name,
        }
        self._silence.deadline = float("inf")
        try:
            found = await self._context.dispatch("inbox.ask", question)
        except MosaicError as error:
            raise Unavailable(
                "nobody-answers", f"the agent asks: {words[:200]}", got=f"nobody could be asked ({error.code})"
            ) from error
        answer = str(getattr(found, "answer", "") or getattr(found, "comment", "") or "")
        if not answer:
            raise Unavailable("nobody-answers", f"the agent asks: {words[:200]}", got="no answer")
        return answer

    async def _result(self, workspace: Workspace) -> AgentResult:
        progress = self._progress
        if progress.standing is Standing.FAILED:
            words = f": {progress.words}" if progress.words else ""
            return self._failed(f"{_ENDINGS[progress.state]}{words}")
        made = await hand_in(workspace, list(progress.artifacts.values()))
        for address in made.addresses:
            self._say(f"not fetched: {address}")
        if made.files or made.patches:
            self._say(f"handed in: {', '.join([*made.files, *['a patch'] * made.patches])}")
        lines = [line.strip() for line in progress.words.splitlines() if line.strip()]
        summary = self._redacted(lines[-1] if lines else "")[:_LONGEST_SUMMARY]
        return AgentResult(outcome="succeeded", summary=summary, outputs=dict(made.outputs))

    async def _cancel(self, remote: Remote) -> None:
        """Tell the agent that its task is not wanted any more, if it has one and works on it."""
        if not self._progress.task_id or self._progress.standing in {Standing.DONE, Standing.FAILED}:
            return
        with trio.CancelScope(shield=True), trio.move_on_after(self._config.cancel_seconds):
            await _quietly(lambda: remote.call("CancelTask", {"id": self._progress.task_id}))

    def _take(self, update: Mapping[str, Any]) -> None:
        self._heard()
        before = self._progress.state
        said = self._progress.take(update)
        if said:
            self._say(said[:_LONGEST_SAID])
        if said or self._progress.state != before:
            assignment = self._assignment
            body = {
                "run_id": assignment.run_id,
                "task_id": assignment.spec.task_id,
                "token": assignment.token,
                "agent": self._name,
                "state": self._progress.state,
                "text": said[:_LONGEST_SAID],
            }
            self._context.bus.publish(TOPIC, body)

    def _heard(self) -> None:
        self._silence.deadline = trio.current_time() + self._config.silence_seconds

    def _say(self, words: str) -> None:
        clean = words.translate(_CONTROL)
        self._write(self._redactor.feed(f"{clean}\n".encode(errors="replace")))

    def _write(self, data: bytes) -> None:
        if data:
            self._assignment.journal.output(data)

    def _failed(self, reason: str) -> AgentResult:
        return AgentResult(outcome="failed", summary=self._redacted(reason)[:_LONGEST_SUMMARY])

    def _redacted(self, words: str) -> str:
        redactor = Redactor(self._hidden)
        return (redactor.feed(words.encode(errors="replace")) + redactor.finish()).decode(errors="replace")


async def _quietly(ask: Callable[[], Awaitable[Any]]) -> None:
    """Ask, and let it be if nobody answers: the lease says that the task is no longer the agent's."""
    try:
        await ask()
    except (Broken, Rejected, RemoteError):
        return
