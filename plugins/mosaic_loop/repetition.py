"""Notices a model that goes in circles: the same call with the same answer, or one fault after the other."""

from __future__ import annotations

from collections import deque

from mosaic_hookspecs.data import canonical_json
from mosaic_hookspecs.models import ToolCall

_REMEMBERED = 24
_WARNED, _STOPPED = 3, 5
_MOST_FAULTS = 8


class Repetition:
    """What one attempt did lately."""

    def __init__(self) -> None:
        self._seen: deque[tuple[str, str, str]] = deque(maxlen=_REMEMBERED)
        self._faults = 0

    def note(self, call: ToolCall, answer: str, *, is_fault: bool) -> str:
        """Hear of a call and its answer; return what the model is to be told of it, or ""."""
        self._faults = self._faults + 1 if is_fault else 0
        key = (call.name, canonical_json(call.arguments) + call.problem, answer)
        self._seen.append(key)
        count = self._seen.count(key)
        if count < _WARNED:
            return ""
        return (
            f"\n[You have called this {count} times with the same answer. Do something else, or call finish.]"
        )

    def note_text(self, text: str) -> None:
        """Hear of an answer without a call."""
        self._seen.append(("", text, ""))

    @property
    def verdict(self) -> str:
        """Why it has to be stopped; "" where it need not be."""
        if self._faults >= _MOST_FAULTS:
            return f"stopped: its last {_MOST_FAULTS} calls were all refused by the tools"
        if self._seen and self._seen.count(self._seen[-1]) >= _STOPPED:
            name = self._seen[-1][0]
            what = f"called {name} with the same answer" if name else "said the same"
            return f"stopped: it repeats itself, and {what} {_STOPPED} times"
        return ""
