"""AsciiDoc as Markdown, line by line: headings, lists, listings, and the rows of tables as list items."""

from __future__ import annotations

import re
from collections.abc import Sequence

_HEADING = re.compile(r"^(={1,6}) (\S.*)$")
_NOISE = re.compile(r"^:[\w-]+:.*$|^\[[^\]\n]*\]$|^//.*$|^(?:toc::|ifdef::|include::).*$")
_ABOUT_DOCUMENT = re.compile(r"^(?:v\d[\w.]*\b.*|[^.:]*<[^<>\s]+@[^<>\s]+>.*)$")
_ORDERED = re.compile(r"^(\.{1,5}) (\S.*)$")
_OUTSIDE, _BEFORE, _FIRST = -1, -2, -3
_STARS = re.compile(r"^(\*{2,5}) (\S.*)$")


def is_asciidoc(lines: Sequence[str]) -> bool:
    """Whether these lines have AsciiDoc's headings and none of Markdown's."""
    return any(_HEADING.match(line) for line in lines) and not any(line.startswith("# ") for line in lines)


def from_asciidoc(lines: Sequence[str]) -> list[str]:
    """Return as many lines of Markdown."""
    made: list[str] = []
    row = _OUTSIDE  # where the table's current row stands, or one of the states above
    is_listing = after_title = False
    for line in lines:
        written = line.rstrip()
        if written.startswith("|==="):
            row = _FIRST if row == _OUTSIDE else _OUTSIDE
            made.append("")
        elif row != _OUTSIDE and not is_listing:
            row = _row(made, written, row)
        elif written == "----":
            is_listing = not is_listing
            made.append("```")
        elif is_listing:
            made.append(line)
        elif after_title and _ABOUT_DOCUMENT.match(written):
            made.append("")
            continue
        else:
            made.append(_line(written))
        after_title = written.startswith("= ")
    return made


def _row(made: list[str], written: str, row: int) -> int:
    """Join the cells of a row, which may stand on one line or on several, into one list item."""
    cells = " – ".join(cell.strip() for cell in written.split("|") if cell.strip())
    made.append("")
    if not cells:
        return row if row == _FIRST else _BEFORE
    if row == _FIRST and written.count("|") > 1:
        return _BEFORE  # all cells of the first line on one line: the names of the columns
    if row < 0:
        made[-1] = f"- {cells}"
        return len(made) - 1
    made[row] += f" – {cells}"
    return row


def _line(written: str) -> str:
    if match := _HEADING.match(written):
        return f"{'#' * len(match[1])} {match[2]}"
    if _NOISE.match(written):
        return ""
    if match := _ORDERED.match(written):
        return f"{'   ' * (len(match[1]) - 1)}1. {match[2]}"
    if match := _STARS.match(written):
        return f"{'  ' * (len(match[1]) - 1)}- {match[2]}"
    return written
