"""Documents that are not quite Markdown, as Markdown with the same lines.

Owns what people write instead of headings and list marks: capitals, section numbers, bold lines,
typographic bullets. Code between fences stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from .asciidoc import from_asciidoc, is_asciidoc
from .topics import topic_of

_ATX = re.compile(r"^ {0,3}#{1,6}(?:\s|$)")
_UNDERLINE = re.compile(r"^(?:={3,}|-{3,})\s*$")
_FENCE = re.compile(r"^\s{0,3}(?:```|~~~)")
_BULLET = re.compile(r"^(\s*)[•·▪◦‣●○]\s*(?=\S)")
_LISTED = re.compile(r"^\s*(?:[-*+]|\d{1,3}[.)])\s")
_NUMBERED = re.compile(r"^\s*(\d{1,2}(?:\.\d{1,2}){0,5})[.)]?\s+(\S.*)$")
_CAPITALS = re.compile(r"^(?:\d{1,2}[.)]\s+)?[A-Z][A-Z0-9 &/,'()-]{3,60}:?$")
_BOLD = re.compile(r"^(?:\*\*|__)[^*_\n]{2,80}(?:\*\*|__):?$")
_MOST_WORDS = 8


def to_markdown(text: str) -> str:
    """Return the text as Markdown; line numbers stay."""
    lines = text.split("\n")
    if is_asciidoc(lines):
        lines = from_asciidoc(lines)
    elif not any(_ATX.match(line) for line in lines):
        lines = _with_bold_headings(_with_numbered_headings(lines))
    return "\n".join(_BULLET.sub(r"\1- ", line) for line in lines)


def _with_numbered_headings(lines: Sequence[str]) -> list[str]:
    """Turn capitals and section numbers into headings, numbered sentences into list items."""
    following = _following(lines)
    made: list[str] = []
    base = margin = 0  # the depth of the section's first list item; the spaces of the text below it
    is_code = False
    for index, line in enumerate(lines):
        is_code ^= bool(_FENCE.match(line))
        match = None if is_code else _NUMBERED.match(line)
        before = made[-1] if made else ""
        free = not before.strip() or bool(_ATX.match(before)) or bool(_NUMBERED.match(lines[index - 1]))
        if is_code:
            made.append(line)
        elif made and _UNDERLINE.match(line) and _ATX.match(before) and lines[index - 1].strip():
            made.append("")
        elif _CAPITALS.match(line) and free and re.search(r"[A-Z]{4}", line):
            made.append(f"{'##' if any(made) else '#'} {line.strip(':').capitalize()}")
            base = margin = 0
        elif match and free and _is_section(line, match, index, lines, following):
            made.append(f"{'#' * min(2 + match[1].count('.'), 6)} {match[1]} {match[2]}")
            base, margin = 0, 0
        elif match and "." in match[1] and (free or margin):
            base = base or match[1].count(".")
            margin = 2 * (max(0, match[1].count(".") - base) + 1)
            made.append(f"{' ' * (margin - 2)}- {match[2]}")
        elif margin and line[:1] == " " and line.strip() and not _LISTED.match(line):
            made.append(" " * margin + line.strip())
        elif line.startswith("    ") and not _LISTED.match(line) and any(made[-1:]) and not margin:
            made.append(line.strip())
        else:
            margin = margin if line[:1] == " " or not line.strip() else 0
            made.append(line)
    return made


def _is_section(
    line: str, match: re.Match[str], index: int, lines: Sequence[str], following: Sequence[int]
) -> bool:
    """Whether a numbered line names what stands below it, and is no item of a list."""
    after = following[index]
    if after < 0:
        return False
    if _UNDERLINE.match(lines[index + 1]) and line[:1] != " ":
        return True
    goes_on = after == index + 1 and lines[after].strip()[:1].islower()
    if goes_on or len(match[2].split()) > _MOST_WORDS or match[2].endswith((".", ";", ",", "!", "?")):
        return False
    again = _NUMBERED.match(lines[after])
    if again:
        return again[1].count(".") > match[1].count(".") and again[1].startswith(match[1])
    if "." in match[1]:
        return after > index + 1 or lines[after].startswith("  ") or bool(_LISTED.match(lines[after]))
    return after > index + 1 and line[:1] != " "


def _following(lines: Sequence[str]) -> list[int]:
    """Say for each line which is the next that is not blank; -1 for none."""
    found, after = [-1] * len(lines), -1
    for index in range(len(lines) - 1, -1, -1):
        found[index] = after
        if lines[index].strip():
            after = index
    return found


def _with_bold_headings(lines: Sequence[str]) -> list[str]:
    """Turn lines that are wholly bold into headings, where the document has no others."""
    if any(_ATX.match(line) for line in lines) or any(
        _UNDERLINE.match(line) and lines[index - 1].strip() for index, line in enumerate(lines) if index
    ):
        return list(lines)
    bold = [index for index, line in enumerate(lines) if _BOLD.match(line.strip())]
    if len(bold) < 2:  # noqa: PLR2004 - one bold line is emphasis
        return list(lines)
    first = next(index for index, line in enumerate(lines) if line.strip())
    made = list(lines)
    for index in bold:
        words = lines[index].strip().strip("*_:").strip()
        level = 1 if index == first else 2 if topic_of(words) else 3
        made[index] = f"{'#' * level} {words}"
    return made
