"""The question that `mosaic top` asks before it answers something in a person's name.

Owns what may be answered, and that nothing is answered without a word of the person at the keys.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

from .terminal_text import one_line
from .top_picture import Row

_LONGEST = 400
_DIGITS = 9


@attrs.define(kw_only=True)
class Prompt:
    """An item that is about to be answered. `answer` is what was chosen and is still to be confirmed; `is_over`
    once there is nothing more to ask: `is_given` says whether the answer is to be sent.
    """

    item: Row
    typed: str = ""
    answer: str = ""
    is_over: bool = False
    is_given: bool = False

    @property
    def is_gate(self) -> bool:
        """Whether a task waits for yes or no."""
        return bool(self.item["kind"] == "gate")

    @property
    def options(self) -> Sequence[str]:
        """The answers to choose from; none: any text."""
        return () if self.is_gate else list(self.item["options"])

    def press(self, key: str) -> None:
        """Take in a key."""
        if key == "escape":
            self.is_over = True
        elif self.answer:
            self.is_over = True
            self.is_given = key in ("y", "Y", "enter")
        elif self.is_gate:
            if key in ("y", "Y"):
                self.answer, self.is_over, self.is_given = "yes", True, True
            elif key in ("n", "N"):
                self.answer = "no"
        elif self.options and len(self.options) <= _DIGITS:
            self._choose(key)
        else:
            self._type(key)

    def _choose(self, number: str) -> None:
        self.typed = ""
        if number.isascii() and number.isdigit() and 1 <= int(number) <= len(self.options):
            self.answer = self.options[int(number) - 1]

    def _type(self, key: str) -> None:
        if key == "enter" and self.options:
            self._choose(self.typed.strip())
        elif key == "enter":
            self.answer = self.typed.strip()
        elif key == "backspace":
            self.typed = self.typed[:-1]
        elif len(key) == 1 and len(self.typed) < _LONGEST:
            self.typed += key

    def lines(self, width: int) -> list[tuple[str, str]]:
        """Return what is asked, as texts with styles."""
        item = self.item
        found = [(one_line(f"{item['title']}  ({item['kind']}, by {item['by'] or 'the plan'})", width), "bold")]
        found += [(one_line(line, width), "") for line in str(item["text"]).splitlines()[:4] if line.strip()]
        if self.answer and not self.is_over:
            what = (
                "Deny it: the task fails" if self.is_gate else one_line(f"Answer “{self.answer}”", width - 34)
            )
            return [*found, (f"{what}?   y: yes   any other key: no", "bold yellow")]
        if self.is_gate:
            return [*found, ("y: approve   n: deny   esc: leave it", "bold yellow")]
        if self.options:
            found += [(one_line(f"{n:>2} {text}", width), "") for n, text in enumerate(self.options, 1)]
            if len(self.options) <= _DIGITS:
                return [*found, ("the number answers   esc: leave it", "bold yellow")]
        room = max(10, width - 12)
        return [*found, (f"answer: {self.typed[-room:]}▏", "bold"), ("enter: answer   esc: leave it", "yellow")]

    def to_data(self, name: str) -> dict[str, Any]:
        """Return the input of ``inbox.answer``."""
        return {"id": self.item["id"], "answer": self.answer, "name": name}
