"""What kernels logged, kept for a test to look at."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

__all__ = ["LogCapture"]


class LogCapture:
    """A stream for ``Kernel(log_stream=…)`` that keeps each line; made for ``kernel.log_format: json``."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        """Keep a text."""
        self.text += text

    @property
    def lines(self) -> Sequence[dict[str, Any]]:
        """Every line, as its facts: ``level``, ``plugin``, ``event`` and what was logged with it."""
        return [json.loads(line) for line in self.text.splitlines() if line.startswith("{")]

    def events(self, event: str = "", **facts: Any) -> Sequence[dict[str, Any]]:
        """Return the lines of this event ("": of any) with these facts."""
        return [
            line
            for line in self.lines
            if event in {"", line["event"]} and all(line.get(key) == value for key, value in facts.items())
        ]

    @property
    def complaints(self) -> Sequence[dict[str, Any]]:
        """The lines that are warnings or errors."""
        return [line for line in self.lines if line["level"] in {"warning", "error"}]
