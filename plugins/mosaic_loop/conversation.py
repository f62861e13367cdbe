"""The conversation of one attempt, and how it is kept short.

Owns what is left out when it grows: first the long of what is old, then whole turns, always a call with its
answer. The task's words stay. Nothing is left out before the limit, and then down to half of it, since each
change of the beginning costs the endpoint's cache. Refuses to ask a model for a summary: what it left out
would be lost unseen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import attrs

from mosaic_hookspecs.data import JsonObject, canonical_json
from mosaic_hookspecs.models import Message, ModelReply, ToolCall

_SIGNS_PER_TOKEN = 3.5
_LONG = 400
_KEPT_TURNS = 4
"""The newest turns, which stay as they are."""


@attrs.define
class _Turn:
    """What the model said, and what it was answered."""

    said: Message
    answers: list[Message]

    @property
    def messages(self) -> list[Message]:
        return [self.said, *self.answers]


class Conversation:
    """What was said so far.

    Args:
        task: the first message, which stays.
        limit: how long it may get, in tokens.
    """

    def __init__(self, task: str, limit: int) -> None:
        self._task = task
        self._limit = limit
        self._turns: list[_Turn] = []
        self._dropped = 0
        self._rate = _SIGNS_PER_TOKEN

    @property
    def messages(self) -> Sequence[Message]:
        """What to send."""
        note = (
            f"\n\n[{self._dropped} earlier turns of this conversation were left out for their length. What "
            "they changed stands in the files.]"
            if self._dropped
            else ""
        )
        first = Message(role="user", text=self._task + note)
        return [first, *(message for turn in self._turns for message in turn.messages)]

    def add(self, reply: ModelReply, answers: Sequence[Message]) -> None:
        """Add a turn: what the model said, and the answers to its calls, or what it is told instead."""
        said = Message(role="assistant", text=reply.text, calls=reply.calls)
        self._turns.append(_Turn(said, list(answers)))

    def learn(self, tokens: int) -> None:
        """Hear how many tokens the endpoint counted for `messages` as they are."""
        signs = self._signs()
        if tokens > 0 and signs > 0:
            self._rate = min(max(signs / tokens, 1.0), 2 * _SIGNS_PER_TOKEN)

    def compact(self, *, is_refused: bool = False) -> bool:
        """Leave out what is old if it is too long, or was refused as such; return whether that changed it."""
        if not is_refused and self._tokens() <= self._limit:
            return False
        goal = min(self._limit, self._tokens()) // 2
        before = self._signs()
        for turn in self._turns[:-_KEPT_TURNS]:
            if self._tokens() <= goal:
                break
            turn.said = _shortened_calls(turn.said)
            turn.answers = [_shortened(answer) for answer in turn.answers]
        while self._tokens() > goal and len(self._turns) > _KEPT_TURNS:
            del self._turns[0]
            self._dropped += 1
        if self._tokens() > self._limit or is_refused:
            # What is left is long by itself: also the newest may be cut, but for the very last.
            for turn in self._turns[:-1]:
                turn.answers = [_shortened(answer) for answer in turn.answers]
        return self._signs() < before

    def _tokens(self) -> int:
        return int(self._signs() / self._rate)

    def _signs(self) -> int:
        return len(self._task) + sum(_length(message) for turn in self._turns for message in turn.messages)


def _length(message: Message) -> int:
    return len(message.text) + sum(
        len(canonical_json(call.arguments)) + len(call.name) for call in message.calls
    )


def _shortened(answer: Message) -> Message:
    if len(answer.text) <= _LONG:
        return answer
    missing = len(answer.text) - _LONG // 2
    text = (
        f"{answer.text[: _LONG // 2]}\n[… {missing} characters left out: call the tool again if you need them]"
    )
    return attrs.evolve(answer, text=text)


def _shortened_calls(said: Message) -> Message:
    if not said.calls:
        return said
    return attrs.evolve(said, calls=tuple(_shortened_call(call) for call in said.calls))


def _shortened_call(call: ToolCall) -> ToolCall:
    short: Mapping[str, object] = {
        name: f"[{len(value)} characters left out]" if isinstance(value, str) and len(value) > _LONG else value
        for name, value in call.arguments.items()
    }
    arguments: JsonObject = short  # type: ignore[assignment] # texts for texts
    return attrs.evolve(call, arguments=arguments)
