"""The terminal while `mosaic top` has it: the alternate screen, keys as they are pressed, and giving it back.

Owns the terminal's state. However it is left, the terminal is as it was.
"""

from __future__ import annotations

import os
import signal
import sys
import termios
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console, Group
from rich.control import Control
from rich.screen import Screen
from rich.text import Text

_READ = 1024


class TopScreen:
    """Draws frames, and reads keys."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._input = sys.stdin.fileno()
        self._saved: list[Any] | None = None

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Have the terminal for as long as the context lasts."""
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def suspend(self) -> None:
        """Stop this process, as Ctrl-Z does, and take the terminal again when it goes on."""
        self._leave()
        os.kill(os.getpid(), signal.SIGSTOP)
        self._enter()

    @property
    def size(self) -> tuple[int, int]:
        """Width and height as they are now."""
        return self._console.size.width, self._console.size.height

    @property
    def input(self) -> int:
        """The descriptor that keys come from."""
        return self._input

    def read(self) -> bytes:
        """Return what was pressed; b"" once nobody is there any more."""
        try:
            return os.read(self._input, _READ)
        except OSError:
            return b""

    def draw(self, lines: Sequence[Text]) -> None:
        """Show a frame in place of the one before."""
        for line in lines:
            line.no_wrap, line.overflow = True, "crop"
        self._console.control(Control.home())
        self._console.print(Screen(Group(*lines)), end="")

    def _enter(self) -> None:
        self._saved = termios.tcgetattr(self._input)
        tty.setcbreak(self._input)
        self._console.set_alt_screen(True)
        self._console.show_cursor(False)

    def _leave(self) -> None:
        if self._saved is None:
            return
        self._console.show_cursor(True)
        self._console.set_alt_screen(False)
        termios.tcsetattr(self._input, termios.TCSADRAIN, self._saved)
        self._saved = None


def is_at_a_terminal() -> bool:
    """Whether somebody sits at both ends of this process."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
