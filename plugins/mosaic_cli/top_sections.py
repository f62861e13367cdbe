"""How the lines of a frame are shared by its sections, and which rows each shows of too many."""

from __future__ import annotations

from collections.abc import Sequence

import attrs
from rich.text import Text


@attrs.frozen(kw_only=True)
class Section:
    """A heading and its rows, each of one or more lines; `chosen` is the row that must be seen."""

    title: Text
    blocks: Sequence[Sequence[Text]]
    chosen: int | None

    @property
    def wanted(self) -> int:
        """How many lines it has when all is shown, with an empty one behind it."""
        return 2 + sum(map(len, self.blocks))

    def lines(self, share: int) -> list[Text]:
        """Return at most `share` lines: the heading, and as many rows as fit, the chosen one among them."""
        if share >= self.wanted - 1:
            shown = [line for block in self.blocks for line in block]
            return [self.title, *shown, *([Text()] if share >= self.wanted else [])]
        room = share - 2
        if room < 1:
            return [self.title][: max(0, share)]
        first = last = self.chosen or 0
        used = len(self.blocks[first]) if self.blocks else 0
        while True:
            if last + 1 < len(self.blocks) and used + len(self.blocks[last + 1]) <= room:
                last += 1
                used += len(self.blocks[last])
            elif first and used + len(self.blocks[first - 1]) <= room:
                first -= 1
                used += len(self.blocks[first])
            else:
                break
        shown = [line for block in self.blocks[first : last + 1] for line in block][:room]
        hidden = len(self.blocks) - (last + 1 - first)
        return [self.title, *shown, *([Text(f"    … {hidden} more", "bright_black")] if hidden else [])]


def shares(sections: Sequence[Section], room: int) -> list[int]:
    """Share `room` lines: nobody gets more than it wants, and what is short is short for all alike."""
    given = [0] * len(sections)
    while room > 0:
        hungry = [n for n, section in enumerate(sections) if given[n] < section.wanted]
        if not hungry:
            break
        each = max(1, room // len(hungry))
        for n in hungry:
            more = min(each, sections[n].wanted - given[n], room)
            given[n] += more
            room -= more
    return given
