"""What an agent has told of its work so far: shown readably in the journal, kept for the verdict."""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from mosaic_hookspecs.agents import Journal

from .tally import Tally

_SHOWN = 200
_LONGEST_WORD = 2000
_LONGEST_KEY, _MOST_KEYS = 200, 10_000  # what a program prints must not fill the memory


@attrs.frozen(kw_only=True)
class Failure:
    """Why an agent says that it failed; `outcome` is ``failed`` or ``released``."""

    text: str
    outcome: str


class Story:
    """One attempt as its agent tells it."""

    def __init__(self, journal: Journal, tally: Tally, overloads: Sequence[str]) -> None:
        self.tally = tally
        self.turns = 0
        self.has_spoken = False
        self.is_done = False
        self.result = ""
        self.failure: Failure | None = None
        self._journal = journal
        self._overloads = tuple(re.compile(pattern, re.IGNORECASE) for pattern in overloads)
        self._turn_keys: set[str] = set()
        self._last_words = ""
        self._is_in_text = False
        self._notes: list[str] = []

    @property
    def last_words(self) -> str:
        """Return the last that the agent said."""
        return self._last_words.strip()

    @property
    def notes(self) -> str:
        """Return the last lines that were not of its stream, such as errors of the program."""
        return "\n".join(self._notes)

    def said(self, text: str, *, is_piece: bool = False) -> None:
        """Show what the model says."""
        self._went_on()
        self.tally.wrote(len(text.encode(errors="replace")))
        if is_piece:
            before = self._last_words if self._is_in_text else ""
            self._last_words = (before + text)[-_LONGEST_WORD:]
            self._is_in_text = True
            self._journal.output(text.encode(errors="replace"))
            return
        self._last_words = text[-_LONGEST_WORD:]
        self._show(text.rstrip("\n"))

    def called(self, tool: str, arguments: str) -> None:
        """Show that the model uses a tool."""
        self._went_on()
        self.tally.wrote(len(tool) + len(arguments.encode(errors="replace")))
        self.tally.asked_again()
        self._show(f"→ {tool} {_short(arguments)}".rstrip())

    def answered(self, text: str) -> None:
        """Show what a tool answered."""
        self.tally.read(len(text.encode(errors="replace")))
        self._show(f"← {_short(text)}")

    def turned(self, key: str) -> None:
        """Count a turn, unless it was counted under this key."""
        key = key[:_LONGEST_KEY]
        if key not in self._turn_keys:
            if len(self._turn_keys) < _MOST_KEYS:
                self._turn_keys.add(key)
            self.turns += 1

    def finished(self, result: str) -> None:
        """Note that the agent says that it is done; what went wrong before did not matter to it."""
        self.is_done = True
        self.failure = None
        self.result = result[:_LONGEST_WORD]

    def failed(self, text: str, outcome: str) -> None:
        """Note that the agent says that it failed."""
        outcome = outcome or ("released" if self.blames_endpoint(text) else "failed")
        self.failure = Failure(text=text[:_LONGEST_WORD], outcome=outcome)
        self._show(f"! {_short(text)}")

    def noted(self, line: str) -> None:
        """Show a line that is not of the stream."""
        self._notes = [*self._notes[-4:], line[:_SHOWN]]
        self._show(line)

    def close(self) -> None:
        """End the last line that is shown."""
        if self._is_in_text:
            self._is_in_text = False
            self._journal.output(b"\n")

    def blames_endpoint(self, text: str) -> bool:
        """Whether a text is about an endpoint that cannot be reached, or has too much to do."""
        return any(pattern.search(text) for pattern in self._overloads)

    def _went_on(self) -> None:
        # What it got over is no failure: agents try again by themselves.
        self.has_spoken = True
        self.failure = None

    def _show(self, text: str) -> None:
        begin = "\n" if self._is_in_text else ""
        self._is_in_text = False
        self._journal.output(f"{begin}{text}\n".encode(errors="replace"))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "…"
