"""Lets the event loop's thread take its turn often while another thread compiles and imports.

Python's threads share one interpreter lock, and one that computes gives it away after 5 ms: so much later
would every call be answered that comes meanwhile.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_SECONDS = 0.0005
_lock = threading.Lock()
_before: list[float] = []
"""What the interval was, once for each thread that is inside: the first is what it goes back to."""


@contextmanager
def brief_turns() -> Iterator[None]:
    """Shorten the turns of this process's threads for as long as the context lasts."""
    with _lock:
        _before.append(sys.getswitchinterval())
        sys.setswitchinterval(min(_before[0], _SECONDS))
    try:
        yield
    finally:
        with _lock:
            first = _before[0]
            _before.pop()
            if not _before:
                sys.setswitchinterval(first)
