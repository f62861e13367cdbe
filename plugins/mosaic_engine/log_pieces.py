"""The live log of an attempt from any place on, while it is being written, by whichever process.

A place counts the bytes that were written since the attempt began, those that were dropped since included.
Owns reading; what the files are is `live_log`'s.
"""

from __future__ import annotations

from pathlib import Path

import attrs

from .live_log import segment_path, tail_segments

_TRIES = 3


@attrs.frozen(kw_only=True)
class Piece:
    """Some bytes of a log. `end` is the place behind them, `missing` how many were dropped before them."""

    data: bytes
    end: int
    missing: int = 0


def read_piece(directory: Path, token: int, place: int, most: int) -> Piece:
    """Return what was written from `place` on, `most` bytes of it; none if there is no more by now."""
    for _ in range(_TRIES):
        try:
            return _read(directory, token, place, most)
        except FileNotFoundError:
            continue  # the log has not begun, or the writer dropped what was about to be read
    return Piece(data=b"", end=place)


def last_bytes(directory: Path, token: int, most: int) -> bytes:
    """Return what was written last, at most so many bytes; empty if there is no log."""
    found = b""
    for segment in reversed((0, *tail_segments(directory, token))):
        try:
            with segment_path(directory, token, segment).open("rb") as file:
                file.seek(max(0, file.seek(0, 2) - most + len(found)))
                found = file.read(most - len(found)) + found
        except OSError:
            break
        if len(found) >= most:
            break
    return found


def _read(directory: Path, token: int, place: int, most: int) -> Piece:
    segments = (0, *tail_segments(directory, token))
    if len(segments) == 1:
        segment, start, missing = 0, place, 0
    else:
        size = segment_path(directory, token, 0).stat().st_size
        segment, start = divmod(place, size)
        if segment > segments[-1]:
            return Piece(data=b"", end=place)
        kept = next(number for number in segments if number >= segment)
        missing = kept * size - place if kept != segment else 0
        segment, start = kept, 0 if missing else start
    with segment_path(directory, token, segment).open("rb") as file:
        file.seek(start)
        data = file.read(most)
    return Piece(data=data, end=place + missing + len(data), missing=missing)
