"""Masks: texts that must not appear in any output."""

from __future__ import annotations

from collections.abc import Iterable

STARS = "***"
_SHORTEST = 3


class Masks:
    """The texts that are hidden from output, outputs and summaries of one job."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._values: list[str] = []
        for value in values:
            self.add(value)

    def add(self, value: str) -> None:
        """Hide `value` from now on, and each of its lines. What is shorter than three characters is left
        alone: hiding it would hide nothing and spoil everything.
        """
        for text in {value.strip(), *(line.strip() for line in value.splitlines())}:
            if len(text) >= _SHORTEST and text not in self._values:
                self._values.append(text)
        self._values.sort(key=len, reverse=True)

    def hide(self, text: str) -> str:
        """Return `text` with everything hidden that has to be."""
        for value in self._values:
            text = text.replace(value, STARS)
        return text

    def touches(self, text: str) -> bool:
        """Whether something in `text` has to be hidden."""
        return any(value in text for value in self._values)
