"""What programs print, as HTML: colours and weight as classes; every other control sequence is left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from markupsafe import Markup, escape

_SEQUENCE = re.compile(
    r"\x1b\[(?P<sgr>[0-9;:]*)m"
    r"|\x1b\[[0-?]*[ -/]*[@-~]"  # any other control sequence
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles, links, device strings
    r"|\x1b[ -/]*[0-~]?"  # whatever else begins with escape
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_FLAGS = {1: "b", 2: "d", 3: "i", 4: "u"}
_OFF = {22: ("b", "d"), 23: ("i",), 24: ("u",)}
_EXTENDED = {2: 3, 5: 1}
_CODE = re.compile(r"[0-9]{1,4}")
_MOST_CODES = 200


def ansi(text: Any) -> Markup:
    """Return output as HTML that does nothing."""
    lines = str(text or "").replace("\r\n", "\n").split("\n")
    # What was written over is gone; a line that only went back to its beginning still stands.
    return Markup("").join(_pieces("\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)))


def _pieces(text: str) -> Iterator[Markup]:
    classes: dict[str, str] = {}
    place = 0
    for match in _SEQUENCE.finditer(text):
        yield _piece(text[place : match.start()], classes)
        place = match.end()
        if match.group("sgr") is not None:
            _apply(match.group("sgr"), classes)
    yield _piece(text[place:], classes)


def _piece(text: str, classes: dict[str, str]) -> Markup:
    shown = escape(_CONTROL.sub("", text))
    if not shown or not classes:
        return shown
    return Markup('<span class="{}">{}</span>').format(" ".join(sorted(classes.values())), shown)


def _apply(codes: str, classes: dict[str, str]) -> None:
    given = re.split("[;:]", codes[:_MOST_CODES])[:32]
    numbers = iter([int(code) if _CODE.fullmatch(code) else 0 for code in given])
    for number in numbers:
        if number == 0:
            classes.clear()
        elif number in _FLAGS:
            classes[_FLAGS[number]] = f"ansi-{_FLAGS[number]}"
        elif number in _OFF:
            for name in _OFF[number]:
                classes.pop(name, None)
        elif number in (38, 48):  # a colour beyond the sixteen: its numbers are passed over
            for _ in range(_EXTENDED.get(next(numbers, 0), 0)):
                next(numbers, None)
        elif 30 <= number <= 37 or 90 <= number <= 97:  # noqa: PLR2004 - the sixteen colours
            classes["colour"] = f"ansi-{number % 10}"
        elif number == 39:  # noqa: PLR2004 - the default colour
            classes.pop("colour", None)
