"""What people read while the agent works: a line for each thing that it does."""

from __future__ import annotations

from mosaic_hookspecs.agents import Journal
from mosaic_hookspecs.data import canonical_json
from mosaic_hookspecs.models import ModelReply, ToolCall
from mosaic_hookspecs.tasks import Usage

_LONGEST_TEXT = 4000
_LONGEST_CALL = 160


class Diary:
    """Writes into an attempt's journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def line(self, text: str) -> None:
        """Write a line."""
        self._journal.output(f"{_plain(text)}\n".encode("utf-8", "replace"))

    def output(self, data: bytes) -> None:
        """Pass on what a command printed."""
        self._journal.output(data)

    def spent(self, usage: Usage) -> None:
        """Say what a call cost, at once: a budget that is spent ends the attempt here."""
        self._journal.usage(usage)

    def said(self, turn: int, reply: ModelReply) -> None:
        """Tell what the model answered."""
        usage = reply.usage
        cached = f", {usage.cached_tokens} of them cached" if usage.cached_tokens else ""
        self.line(f"── turn {turn}: {usage.input_tokens} tokens in{cached}, {usage.output_tokens} out")
        text = reply.text.strip()
        if text:
            self.line(text if len(text) <= _LONGEST_TEXT else text[:_LONGEST_TEXT] + " …")

    def called(self, call: ToolCall, answer: str, *, is_fault: bool) -> None:
        """Tell what a tool was called for, and how it went."""
        shown = []
        for name, value in call.arguments.items():
            text = value if isinstance(value, str) else canonical_json(value)
            first = text.strip().partition("\n")[0][:_LONGEST_CALL]
            shown.append(f"{name}={first}{' …' if first != text.strip() else ''}")
        first = answer.strip().partition("\n")[0][:_LONGEST_CALL]
        self.line(f"→ {call.name} {' '.join(shown)}"[: 3 * _LONGEST_CALL])
        self.line(f"  {'refused: ' if is_fault else ''}{first}")


def _plain(text: str) -> str:
    """Return text without what would steer a terminal."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else "?" for sign in text)
