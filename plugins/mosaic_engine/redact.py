"""Keeping secrets out of logs: values of secret variables of the environment, and known shapes.

Works on whole lines, so that a secret that arrives in two pieces is found; holds an unfinished line
back until it ends or is too long.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping

MASK = b"[redacted]"
_LONGEST_LINE = 8192
_SHORTEST_SECRET = 8
_SECRET_NAME = re.compile(r"(?i)(token|secret|passw|passphrase|api_?key|private_?key|credential|access_?key)")
_SHAPES = (
    rb"gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}",
    rb"sk-[A-Za-z0-9_-]{20,}",
    rb"AKIA[0-9A-Z]{16}",
    rb"xox[abprs]-[A-Za-z0-9-]{10,}",
    rb"eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}",
    rb"(?<=://)[^/\s:@]+:[^/\s:@]+(?=@)",
)


def secret_pattern(environment: Mapping[str, str] | None = None) -> re.Pattern[bytes]:
    """Return what matches secrets, for an environment (this process's by default)."""
    known = {
        value.encode()
        for name, value in (os.environ if environment is None else environment).items()
        if _SECRET_NAME.search(name) and len(value) >= _SHORTEST_SECRET
    }
    literal = (re.escape(value) for value in sorted(known, key=len, reverse=True))
    return re.compile(b"|".join((*literal, *_SHAPES)))


class Redactor:
    """Redacts one stream of output."""

    def __init__(self, pattern: re.Pattern[bytes]) -> None:
        self._pattern = pattern
        self._held = b""

    def feed(self, data: bytes) -> bytes:
        """Take in a piece; return what can be shown now."""
        data = self._held + data
        end = max(data.rfind(b"\n"), data.rfind(b"\r")) + 1
        if len(data) - end > _LONGEST_LINE:
            end = len(data)
        self._held = data[end:]
        return self._pattern.sub(MASK, data[:end])

    def finish(self) -> bytes:
        """Return what was held back."""
        held, self._held = self._held, b""
        return self._pattern.sub(MASK, held)
