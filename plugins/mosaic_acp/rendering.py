"""Makes what an agent says and does readable, in the attempt's log and as notices on the bus.

Owns the words on screen: messages as they are, thoughts, tool calls and plans a line each. Refuses control
characters, which could rewrite a terminal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from mosaic_hookspecs import JsonObject
from mosaic_hookspecs.redaction import Redactor

from .values import items, mapping, text

TOPIC = "acp.update"
_LONGEST_LINE = 200
_LONGEST_CONTENT = 4000
_KEPT_MESSAGE = 4000
_MARKS = {"pending": "○", "in_progress": "▸", "completed": "✓", "failed": "✗"}
_CONTROL = {code: None for code in (*range(32), *range(127, 160)) if code not in {9, 10}}
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|.)?")
_CHUNKS = {"agent_message_chunk": "message", "agent_thought_chunk": "thought"}


class Rendering:
    """Renders the updates of one attempt.

    Args:
        write: takes the readable text.
        tell: takes what happened, as JSON data.
        redactor: takes secrets out of the text.
    """

    def __init__(
        self, write: Callable[[bytes], None], tell: Callable[[JsonObject], None], redactor: Redactor
    ) -> None:
        self._write = write
        self._tell = tell
        self._redactor = redactor
        self._open = ""  # which kind of chunk the last line is in the middle of
        self._is_at_start = True
        self._calls: dict[str, tuple[str, str]] = {}
        self._plan = ""
        self.message = ""

    def update(self, update: Mapping[str, Any]) -> None:
        """Show one ``session/update``."""
        kind = text(update, "sessionUpdate")
        if kind in _CHUNKS:
            self._chunk(_CHUNKS[kind], _content(update.get("content")))
        elif kind in {"tool_call", "tool_call_update"}:
            self._call(update)
        elif kind == "plan":
            self._show_plan(update)

    def line(self, words: str) -> None:
        """Show a line of Mosaic's own."""
        self._finish_line()
        self._put(f"· {_clean(words)[:_LONGEST_LINE]}\n")

    def noise(self, line: bytes) -> None:
        """Show what the agent's program printed beside the protocol."""
        self._finish_line()
        self._put(_clean(line.decode(errors="replace"))[:_LONGEST_CONTENT] + "\n")

    def errors(self, data: bytes) -> None:
        """Show what it printed to its standard error, which is redacted already."""
        self._finish_line()
        self._put(_clean(data.decode(errors="replace")))

    def finish(self) -> None:
        """Write out what was held back."""
        self._finish_line()
        if held := self._redactor.finish():
            self._write(held)

    def _chunk(self, kind: str, words: str) -> None:
        if not words:
            return
        if kind == "message":
            self.message = ("" if self._open not in {"", "message"} else self.message) + words
            self.message = self.message[-_KEPT_MESSAGE:]
        if self._open != kind:
            self._finish_line()
            self._open = kind
            if kind == "thought":
                self._put("~ ")
        self._put(_clean(words))
        self._tell({"kind": kind, "text": words[:_LONGEST_CONTENT]})

    def _call(self, update: Mapping[str, Any]) -> None:
        number = text(update, "toolCallId")
        title, status = self._calls.get(number, ("", ""))
        shown = (text(update, "title") or title, text(update, "status") or status or "pending")
        if self._calls.get(number) == shown:
            return
        if len(self._calls) > 1000:  # noqa: PLR2004 - a flood of calls must not fill the memory
            self._calls.clear()
        self._calls[number] = shown
        paths = [text(place, "path") for place in items(update, "locations")]
        where = f" ({', '.join(filter(None, paths))})" if any(paths) else ""
        kind = text(update, "kind")
        self._finish_line()
        self._open = "call"
        label = f"{kind}: {shown[0]}" if kind and kind != "other" else shown[0]
        self._put(f"{_MARKS.get(shown[1], '·')} {_one_line(label + where)}\n")
        if shown[1] == "failed":
            for content in items(update, "content"):
                if words := _content(mapping(content, "content")):
                    self._put("  " + _one_line(words) + "\n")
        self._tell(
            {
                "kind": "tool",
                "call": number,
                "title": shown[0][:_LONGEST_LINE],
                "status": shown[1],
                "paths": [path for path in paths if path][:20],
            }
        )

    def _show_plan(self, update: Mapping[str, Any]) -> None:
        entries = [(text(entry, "content"), text(entry, "status")) for entry in items(update, "entries")]
        lines = [f"  {_MARKS.get(status, '·')} {_one_line(words)}\n" for words, status in entries[:50]]
        if "".join(lines) == self._plan:
            return
        self._plan = "".join(lines)
        self._finish_line()
        self._open = "plan"
        self._put("Its plan:\n" + self._plan)
        self._tell(
            {
                "kind": "plan",
                "entries": [{"text": words[:_LONGEST_LINE], "status": state} for words, state in entries[:50]],
            }
        )

    def _finish_line(self) -> None:
        if not self._is_at_start:
            self._put("\n")
        if self._open in {"message", "thought"}:
            self._open = "done"

    def _put(self, words: str) -> None:
        if not words:
            return
        self._is_at_start = words.endswith("\n")
        if data := self._redactor.feed(words.encode(errors="replace")):
            self._write(data)


def _content(content: Any) -> str:
    kind = text(content, "type")
    if kind == "text":
        return text(content, "text")
    if kind == "resource_link":
        return f"[{text(content, 'uri')}]"
    if kind == "resource":
        return text(mapping(content, "resource"), "text")
    return f"[{kind}]" if kind else ""


def _clean(words: str) -> str:
    return _ESCAPE.sub("", words).translate(_CONTROL)


def _one_line(words: str) -> str:
    line = " ".join(_clean(words).split())
    return line if len(line) <= _LONGEST_LINE else line[:_LONGEST_LINE] + "…"
