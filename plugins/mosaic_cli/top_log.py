"""The log of one task, as `mosaic top` shows it: its end, live, or any place in it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from rich.text import Text

from .terminal_text import inert

_MOST_LINES = 5000
_DIM = "bright_black"


class LogView:
    """Takes in an attempt's output, and draws the part that was scrolled to; at the end it stays at the end."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.is_over = False
        self._token = 0
        self._lines: deque[str] = deque(maxlen=_MOST_LINES)
        self._open = ""
        self._above = 0  # how many lines below the last that is shown
        self._page = 10

    def hear(self, token: int, text: str) -> None:
        """Take in a piece of the output."""
        self._token = token
        was_open = bool(self._open)
        *whole, self._open = (self._open + text).split("\n")
        self._lines.extend(whole)
        if self._above:
            self._above = min(self._count, self._above + len(whole) + bool(self._open) - was_open)

    @property
    def _count(self) -> int:
        return len(self._lines) + bool(self._open)

    def press(self, key: str) -> None:
        """Scroll."""
        steps = {"up": 1, "k": 1, "down": -1, "j": -1, "page-up": self._page, "page-down": -self._page}
        if key in ("home", "g"):
            self._above = self._count
        elif key in ("end", "G"):
            self._above = 0
        else:
            self._above = max(0, min(self._count, self._above + steps.get(key, 0)))

    def draw(self, width: int, height: int) -> list[Text]:
        """Return the frame."""
        self._page = max(1, height - 4)
        head = Text.assemble((" log ", "bold reverse"), "  ", self.title, (f"  attempt {self._token}", _DIM))
        head.truncate(width, overflow="ellipsis")
        rows = self._rows(width, height - 4)
        if not rows:
            words = "It printed nothing." if self.is_over else "It has printed nothing yet."
            rows = [Text(f" {words}", _DIM)]
        state = "it has ended" if self.is_over else "live"
        if self._above:
            state = f"{self._above} lines below; end: to the last"
        foot = Text.assemble((" q", "bold cyan"), " back   ", ("↑↓", "bold cyan"), " scroll   ", (state, _DIM))
        rule = Text("─" * width, _DIM)
        return [head, rule, *rows, *([Text()] * (height - 4 - len(rows))), rule, foot]

    def _rows(self, width: int, height: int) -> list[Text]:
        lines = [*self._lines, *([self._open] if self._open else [])]
        rows: deque[Text] = deque()
        for line in reversed(lines[: len(lines) - self._above] if self._above else lines):
            for part in reversed(_cut(line, width - 1)):
                rows.appendleft(Text(f" {part}"))
            if len(rows) >= height:
                break
        return list(rows)[-height:]


def _cut(line: str, width: int) -> Sequence[str]:
    """Cut a line as a terminal would: what was written over by a carriage return is gone."""
    text = inert(line.rstrip("\r").rsplit("\r", 1)[-1]).expandtabs(4)
    return [text[start : start + width] for start in range(0, len(text), width)] or [""]
