"""The live log of an attempt: a file that is bounded, with its head and its tail kept.

The head is ``TOKEN.log``. When it is full, output goes on in segments ``TOKEN.1.log``,
``TOKEN.2.log``, … of which the newest two are kept; `read` says how much lies between.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

_TAIL_SEGMENTS = 2
_LONGEST_NAME = 160


def log_directory(state_directory: Path, run_id: str, task_id: str) -> Path:
    """Return where the logs of a task's attempts are; names are quoted, so that none leads elsewhere."""
    return state_directory / "attempts" / _safe(run_id) / _safe(task_id)


def _safe(name: str) -> str:
    quoted = quote(name, safe=" ()+,=@")
    if quoted.startswith("."):
        quoted = "%2E" + quoted[1:]
    if len(quoted) > _LONGEST_NAME:
        quoted = f"{quoted[:_LONGEST_NAME]}%{zlib.crc32(name.encode()):08x}"
    return quoted or "%"


class LiveLog:
    """Writes the log of one attempt. The file appears with the first output."""

    def __init__(self, directory: Path, token: int, limit: int) -> None:
        self._directory = directory
        self._token = token
        self._segment_size = limit // 3
        self._segment = 0
        self._size = 0
        self._file: BinaryIO | None = None

    def write(self, data: bytes) -> None:
        """Append, and make it visible to readers at once."""
        if self._file is None:
            self._file = self._open()
        while data:
            if self._size >= self._segment_size:
                self._next_segment()
            piece = data[: self._segment_size - self._size]
            self._file.write(piece)
            self._size += len(piece)
            data = data[len(piece) :]
        self._file.flush()

    def _next_segment(self) -> None:
        self.close()
        self._segment += 1
        self._size = 0
        dropped = self._segment - _TAIL_SEGMENTS
        if dropped > 0:
            segment_path(self._directory, self._token, dropped).unlink(missing_ok=True)
        self._file = self._open()

    def _open(self) -> BinaryIO:
        self._directory.mkdir(parents=True, exist_ok=True)
        return segment_path(self._directory, self._token, self._segment).open("wb")

    def close(self) -> None:
        """Close the file; what was written stays."""
        if self._file is not None:
            self._file.close()
            self._file = None


def segment_path(directory: Path, token: int, segment: int) -> Path:
    """Return the file of a segment; 0 is the head."""
    return directory / (f"{token}.{segment}.log" if segment else f"{token}.log")


def tail_segments(directory: Path, token: int) -> Sequence[int]:
    """Return the numbers of the segments that are kept behind the head, in order."""
    return sorted(int(path.name.split(".")[1]) for path in directory.glob(f"{token}.*.log"))


def missing_words(size: int) -> str:
    """Say how much lies between what is kept."""
    return f"\n[… {size} bytes left out …]\n"


def read_log(directory: Path, token: int) -> bytes:
    """Return the log of an attempt; empty if there is none."""
    try:
        head = segment_path(directory, token, 0).read_bytes()
    except OSError:
        return b""
    tails = tail_segments(directory, token)
    parts = [head]
    if tails and tails[0] > 1:
        parts.append(missing_words((tails[0] - 1) * len(head)).encode())
    for segment in tails:
        try:
            parts.append(segment_path(directory, token, segment).read_bytes())
        except FileNotFoundError:  # the writer went on meanwhile
            continue
    return b"".join(parts)
