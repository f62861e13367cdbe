"""`mosaic top` on a terminal of its own, beside a system that runs."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import suppress
from pathlib import Path

import pytest

MOSAIC = str(Path(sys.executable).with_name("mosaic"))
WORKFLOW = """
jobs:
  look: {name: Look around, steps: [{run: "echo I see the sea; sleep 300"}]}
  gate: {name: Publish, approval: "May it be published?", steps: [{run: "echo published"}]}
"""
SECONDS = 30.0


def environment(place):
    # What tells a width, as pytest-xdist does to its workers, would be believed before the terminal.
    others = ("COLUMNS", "LINES", "MOSAIC_", "XDG_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(others)}
    return {**kept, "HOME": str(place), "XDG_CACHE_HOME": str(place / "cache"), "TERM": "xterm-256color"}


class Watched:
    """A program on a terminal, and all that it has written so far."""

    def __init__(self, place, *argv):
        self._own, theirs = pty.openpty()
        self.resize(80, 24)
        self.before = termios.tcgetattr(theirs)
        self.process = subprocess.Popen(
            [MOSAIC, *argv], cwd=place, env=environment(place), stdin=theirs, stdout=theirs, stderr=theirs,
            start_new_session=True,
        )  # fmt: skip
        self._theirs = theirs
        self._written = b""

    def resize(self, width, height):
        fcntl.ioctl(self._own, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def press(self, keys):
        self._written = b""
        os.write(self._own, keys)

    def see(self, *words):
        """Wait until these words were written since the last key."""
        until = time.monotonic() + SECONDS
        while not all(word.encode() in self._written for word in words):
            left = until - time.monotonic()
            assert left > 0, (words, self._written[-3000:].decode(errors="replace"))
            if select.select([self._own], [], [], left)[0]:
                self._written += os.read(self._own, 65536)

    @property
    def settings(self):
        return termios.tcgetattr(self._theirs)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for descriptor in (self._own, self._theirs):
            os.close(descriptor)


@pytest.fixture
def system(tmp_path):
    """A system that runs a workflow."""
    (tmp_path / "w.yaml").write_text(WORKFLOW)
    with (tmp_path / "run.log").open("wb") as log:
        process = subprocess.Popen(
            [MOSAIC, "run", "w.yaml"], cwd=tmp_path, env=environment(tmp_path), stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def test_one_looks_on_answers_reads_and_leaves(tmp_path, system):
    until = time.monotonic() + SECONDS
    while b"start  look" not in (tmp_path / "run.log").read_bytes():
        assert time.monotonic() < until
        time.sleep(0.05)
    top = Watched(tmp_path, "top")
    try:
        top.see("\x1b[?1049h", "NEEDS YOU", "May it be published?", "AT WORK", "Look around", "I see the sea")
        top.press(b"a")
        top.see("y: approve")
        top.press(b"y")
        top.see("May it be published?: yes.", "1/2")
        top.press(b"g\x1b[H\x1b[B")
        top.press(b"l")
        top.see(" log ", "I see the sea", "q")
        top.press(b"q")
        top.see("AT WORK")
        top.press(b"?")
        top.see("any key closes this")
        top.press(b"x")
        top.see("q", "quit")
        top.resize(120, 40)
        os.kill(top.process.pid, signal.SIGWINCH)  # which the system sends to those whose terminal it is
        top.see("─" * 120)
        top.press(b"p")
        top.see("is paused")
        system.kill()
        system.wait()
        top.see("has ended; this is what is stored")
        top.press(b"q")
        top.see("\x1b[?1049l", "\x1b[?25h")
        assert top.process.wait(SECONDS) == 0
        assert top.settings == top.before
    finally:
        top.close()
