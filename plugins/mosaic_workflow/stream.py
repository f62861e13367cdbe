"""What steps print, on its way to the attempt's live log.

Owns the commands in output: ``::add-mask::`` is obeyed and hidden, everything else passes through.
"""

from __future__ import annotations

import re

from mosaic_hookspecs import Journal

from .masking import Masks

_MASK = re.compile(r"::add-mask::(.*)", re.DOTALL)
_LONGEST_LINE = 64 * 1024
_ESCAPES = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))


class OutputStream:
    """Takes pieces of output, and hands whole lines on, masked. Call `close` at the end."""

    def __init__(self, journal: Journal, masks: Masks) -> None:
        self._journal = journal
        self._masks = masks
        self._pending = b""

    def write(self, data: bytes) -> None:
        """Take a piece of output; a line is held back until it is complete."""
        *lines, self._pending = (self._pending + data).split(b"\n")
        for line in lines:
            self._line(line + b"\n")
        if len(self._pending) > _LONGEST_LINE:
            self.close()

    def say(self, text: str) -> None:
        """Add a line of Mosaic's own."""
        self.close()
        self._journal.output((self._masks.hide(text) + "\n").encode())

    def close(self) -> None:
        """Hand on what is left."""
        pending, self._pending = self._pending, b""
        if pending:
            self._line(pending)

    def _line(self, line: bytes) -> None:
        text = line.decode("utf-8", errors="surrogateescape")
        if match := _MASK.match(text.strip()):
            value = match[1]
            for escape, character in _ESCAPES:
                value = value.replace(escape, character)
            self._masks.add(value)
            return
        self._journal.output(self._masks.hide(text).encode("utf-8", errors="surrogateescape"))
