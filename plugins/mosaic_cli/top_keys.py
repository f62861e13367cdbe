"""What was pressed: bytes of a terminal as names of keys."""

from __future__ import annotations

import codecs
from collections.abc import Iterator

_NAMED = {
    "\x1b[A": "up",
    "\x1bOA": "up",
    "\x1b[B": "down",
    "\x1bOB": "down",
    "\x1b[C": "right",
    "\x1b[D": "left",
    "\x1b[5~": "page-up",
    "\x1b[6~": "page-down",
    "\x1b[H": "home",
    "\x1b[1~": "home",
    "\x1bOH": "home",
    "\x1b[F": "end",
    "\x1b[4~": "end",
    "\x1bOF": "end",
    "\r": "enter",
    "\n": "enter",
    "\x7f": "backspace",
    "\x08": "backspace",
    "\t": "tab",
    "\x1b": "escape",
    "\x0c": "redraw",
}


class KeyReader:
    """Turns what a terminal sends into keys: names for those that have one, characters for the others. An
    unknown sequence is passed over.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data: bytes) -> Iterator[str]:
        """Yield the keys of what came in one piece: a terminal sends a sequence at once, so an escape at its
        end is the key.
        """
        text = self._decoder.decode(data)
        while text:
            end = _end_of_sequence(text)
            key, text = text[:end], text[end:]
            if key in _NAMED:
                yield _NAMED[key]
            elif key.isprintable():
                yield key


def _end_of_sequence(text: str) -> int:
    if text[0] != "\x1b" or len(text) == 1 or text[1] not in "[O":
        return 1
    for place, character in enumerate(text[2:], 3):
        if "@" <= character <= "~":
            return place
    return len(text)
