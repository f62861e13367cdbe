"""One attempt at a task: ask, do what was asked for, answer, and so on, within bounds.

Owns the loop and every reason to end it. Refuses to judge the work: it reports, and the checks decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mosaic_hookspecs.agents import AgentResult, Assignment
from mosaic_hookspecs.context import Port
from mosaic_hookspecs.data import canonical_json
from mosaic_hookspecs.errors import InputError, MosaicError
from mosaic_hookspecs.models import Message, ModelReply, ModelRequest, ToolCall
from mosaic_hookspecs.tasks import Usage

from .arguments import Field, read_arguments
from .asking import OutOfPatience, ask
from .configuration import AgentSettings
from .conversation import Conversation
from .diary import Diary
from .faults import ToolFault
from .repetition import Repetition
from .tool import Tool, own_tool

_MOST_NUDGES = 2
_MOST_OUTPUTS = 64 * 1024
_MOST_CALLS = 32
_LONGEST_SUMMARY = 2000
_REFUSED = "model-refused"
_NUDGE = "You called no tool. Go on with one; and when the task is done, call finish."
_CUT_OFF = (
    "Your answer was cut off for its length. Go on, with less at once: write a long file in several pieces."
)


class Attempt:
    """The loop of one attempt.

    Args:
        assignment: what is to be done.
        settings: the bounds.
        models: the port.
        tools: what the model may call, besides ``finish``.
        system: what it is told about itself; `task` is what it is told to do.
    """

    def __init__(  # noqa: PLR0913 - what a loop is made of
        self,
        assignment: Assignment,
        settings: AgentSettings,
        models: Port,
        tools: Sequence[Tool],
        system: str,
        task: str,
    ) -> None:
        self._settings = settings
        self._models = models
        self._system = system
        self._diary = Diary(assignment.journal)
        self._conversation = Conversation(task, settings.context_tokens)
        self._repetition = Repetition()
        self._tools = {tool.name: tool for tool in reversed([*tools, self._finishing()])}
        self._offered = tuple(tool.definition for tool in reversed(self._tools.values()))
        self._result: AgentResult | None = None
        self._spent = Usage()
        self._nudges = 0
        self._has_changed = False

    async def work(self) -> AgentResult:
        """Loop until the task is done, cannot be done, or a bound is reached.

        Raises:
            MosaicError: the model cannot be asked at all.
        """
        for turn in range(1, self._settings.max_turns + 1):
            try:
                reply = await self._ask()
            except OutOfPatience as error:
                return AgentResult(outcome="released", summary=str(error))
            self._diary.said(turn, reply)
            if reply.stopped == "refused":
                return _failed(f"the model refused to go on: {reply.text.strip()[:_LONGEST_SUMMARY]}")
            answers = [await self._answer(call, reply) for call in reply.calls]
            if self._result is not None:
                return self._result
            if not reply.calls:
                if self._is_done_without_saying(reply):
                    return AgentResult(outcome="succeeded", summary=reply.text.strip()[:_LONGEST_SUMMARY])
                answers = [Message(role="user", text=_CUT_OFF if reply.stopped == "length" else _NUDGE)]
            self._conversation.add(reply, answers)
            if ending := self._repetition.verdict or self._overspent():
                return _failed(ending)
        return _failed(f"it was not done after {self._settings.max_turns} turns (max_turns)")

    async def _ask(self) -> ModelReply:
        if self._conversation.compact():
            self._diary.line("── the oldest of the conversation was left out")
        try:
            reply = await self._ask_once()
        except InputError as error:
            # Endpoints say in many ways that a request is too long; with less of it, it may do.
            if error.code != _REFUSED or not self._conversation.compact(is_refused=True):
                raise
            self._diary.line(f"── {error.what}: left out the oldest of the conversation")
            reply = await self._ask_once()
        self._diary.spent(reply.usage)
        self._spent += reply.usage
        if not reply.usage.is_estimated:
            self._conversation.learn(reply.usage.input_tokens)
        return reply

    async def _ask_once(self) -> ModelReply:
        settings = self._settings
        request = ModelRequest(
            system=self._system,
            messages=self._conversation.messages,
            tools=self._offered,
            model=settings.model_name,
            max_tokens=settings.answer_tokens,
            temperature=settings.temperature,
        )
        return await ask(self._models, settings.model, request, settings.patience_seconds, self._diary.line)

    async def _answer(self, call: ToolCall, reply: ModelReply) -> Message:
        is_fault = False
        try:
            text = await self._act(call, reply)
        except ToolFault as fault:
            text, is_fault = str(fault), True
        except MosaicError as error:
            text, is_fault = str(error), True
        except OSError as error:
            text, is_fault = f"that did not work: {error.strerror or error}", True
        self._diary.called(call, text, is_fault=is_fault)
        text += self._repetition.note(call, text, is_fault=is_fault)
        return Message(role="tool", text=text, call_id=call.id, is_error=is_fault)

    async def _act(self, call: ToolCall, reply: ModelReply) -> str:
        if self._result is not None:
            raise ToolFault("the task was finished before; nothing more is done")
        if list(reply.calls).index(call) >= _MOST_CALLS:
            raise ToolFault(f"that are more than {_MOST_CALLS} calls at once; this one was not carried out")
        tool = self._tools.get(call.name)
        if tool is None:
            names = ", ".join(tool.name for tool in self._offered)
            raise ToolFault(f"there is no tool {call.name[:80]!r}; there are: {names}")
        if call.problem:
            how = (
                _CUT_OFF
                if reply.stopped == "length"
                else "Call it again, with one JSON object as its schema says."
            )
            raise ToolFault(f"{call.problem}. {how}")
        given = dict(call.arguments)
        if tool.fields is not None:
            given = read_arguments(tool.name, tool.fields, given)
        text = await tool.act(given)
        self._has_changed = self._has_changed or tool.changes
        return text

    def _finishing(self) -> Tool:
        return own_tool(
            "finish",
            "Say that you are done. Mosaic checks the work itself.",
            (
                Field(
                    name="summary",
                    kind="string",
                    text="What was done, or why not, in a few words.",
                    is_required=True,
                ),
                Field(name="outcome", kind="string", text="succeeded (also if left out), or failed."),
                Field(name="outputs", kind="object", text="Values for the tasks that depend on this one."),
            ),
            self._finish,
        )

    async def _finish(self, given: Mapping[str, Any]) -> str:
        outcome = given.get("outcome", "succeeded")
        if outcome not in {"succeeded", "failed"}:
            raise ToolFault(f"an outcome is succeeded or failed, not {outcome[:80]!r}")
        outputs = given.get("outputs", {})
        if len(canonical_json(outputs)) > _MOST_OUTPUTS:
            raise ToolFault(f"the outputs have more than {_MOST_OUTPUTS} characters; put them into a file")
        summary = given["summary"].strip()[:_LONGEST_SUMMARY]
        self._result = AgentResult(outcome=outcome, summary=summary, outputs=outputs)
        return "done"

    def _is_done_without_saying(self, reply: ModelReply) -> bool:
        """Whether a model that called no tool means that it is done: it has worked, or was told before."""
        self._repetition.note_text(reply.text)
        if reply.stopped == "length" or not reply.text.strip():
            return False
        self._nudges += 1
        return self._nudges > (1 if self._has_changed else _MOST_NUDGES)

    def _overspent(self) -> str:
        most = self._settings.max_tokens
        spent = self._spent.input_tokens + self._spent.output_tokens
        if most is None or spent <= most:
            return ""
        return f"it was stopped, having spent {spent} tokens; max_tokens is {most}"


def _failed(summary: str) -> AgentResult:
    return AgentResult(outcome="failed", summary=summary)
