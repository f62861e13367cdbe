"""How the task stands at the agent: its state, what it said, and what it handed in so far.

Owns putting the pieces of artifacts together. Refuses more than may be handed in.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs import Refused

from .values import items, mapping, text

_STATE = "TASK_STATE_"


class Standing(enum.Enum):
    """What a state means for whoever waits."""

    OPEN = "open"
    ASKS = "asks"
    DONE = "done"
    FAILED = "failed"


_MEANING = {
    "COMPLETED": Standing.DONE,
    "FAILED": Standing.FAILED,
    "CANCELED": Standing.FAILED,
    "REJECTED": Standing.FAILED,
    "AUTH_REQUIRED": Standing.FAILED,
    "INPUT_REQUIRED": Standing.ASKS,
}


@attrs.define(kw_only=True)
class Artifact:
    """What an agent handed in under one name."""

    name: str
    parts: list[Mapping[str, Any]] = attrs.field(factory=list)


@attrs.define
class Progress:
    """One task at the agent. `largest` is the most bytes of all its artifacts."""

    largest: int
    task_id: str = ""
    context_id: str = ""
    state: str = ""
    words: str = ""
    artifacts: dict[str, Artifact] = attrs.field(factory=dict)
    _size: int = 0

    @property
    def standing(self) -> Standing:
        """What the state means."""
        return _MEANING.get(self.state, Standing.OPEN)

    def is_open(self) -> bool:
        """Whether the agent is at work."""
        return self.standing is Standing.OPEN

    def take(self, update: Mapping[str, Any]) -> str:
        """Take one answer or event; return what it says, for people.

        Raises:
            Refused: more was handed in than may be (code ``too-much``).
        """
        if task := mapping(update, "task"):
            return self._task(task)
        if message := mapping(update, "message"):
            # An agent may answer at once, without a task.
            self.state, self.words = "COMPLETED", words_of(items(message, "parts"))
            self._add({"artifactId": "message", "parts": items(message, "parts")}, is_more=False)
            return self.words
        if changed := mapping(update, "statusUpdate"):
            self._names(changed, "taskId")
            return self._status(mapping(changed, "status"))
        if handed := mapping(update, "artifactUpdate"):
            self._names(handed, "taskId")
            return self._add(mapping(handed, "artifact"), is_more=handed.get("append") is True)
        return ""

    def _task(self, task: Mapping[str, Any]) -> str:
        self._names(task, "id")
        # A snapshot is all there is: what came in pieces before is in it again.
        self.artifacts, self._size = {}, 0
        for artifact in items(task, "artifacts"):
            if isinstance(artifact, dict):
                self._add(artifact, is_more=False)
        return self._status(mapping(task, "status"))

    def _names(self, data: Mapping[str, Any], name: str) -> None:
        self.task_id = text(data, name) or self.task_id
        self.context_id = text(data, "contextId") or self.context_id

    def _status(self, status: Mapping[str, Any]) -> str:
        state = text(status, "state").removeprefix(_STATE)
        self.state = state or self.state
        said = words_of(items(mapping(status, "message"), "parts"))
        if said:
            self.words = said
        return said

    def _add(self, artifact: Mapping[str, Any], *, is_more: bool) -> str:
        number = text(artifact, "artifactId")
        parts: list[Mapping[str, Any]] = [part for part in items(artifact, "parts") if isinstance(part, dict)]
        self._size += sum(len(text(part, "text")) + len(text(part, "raw")) for part in parts)
        if self._size > self.largest:
            raise Refused(
                "too-much",
                "the agent hands in more than it may",
                expected=f"at most {self.largest} bytes (largest_artifacts)",
                hint="Hand in only what the task needs.",
            )
        if is_more and number in self.artifacts:
            _join(self.artifacts[number].parts, parts)
        else:
            self.artifacts[number] = Artifact(name=text(artifact, "name"), parts=parts)
        name = self.artifacts[number].name or number
        return f"[hands in {name}]" if number != "message" else ""


def _join(parts: list[Mapping[str, Any]], more: Sequence[Mapping[str, Any]]) -> None:
    """Add pieces: a text that goes on under the same file's name is the same text."""
    for part in more:
        last = parts[-1] if parts else {}
        is_same = "text" in part and "text" in last and text(last, "filename") == text(part, "filename")
        if is_same:
            parts[-1] = {**last, "text": text(last, "text") + text(part, "text")}
        else:
            parts.append(part)


def words_of(parts: Sequence[Any]) -> str:
    """Return the texts among parts that are no files."""
    return "\n".join(text(part, "text") for part in parts if text(part, "text") and not text(part, "filename"))
