"""Texts that hold code or data among their words: told apart, so that people can read them."""

from __future__ import annotations

import json
import re
from typing import Any

from markupsafe import Markup

_DATA = re.compile(r"[{\[]")
_LONG = 80
_MOST = 200_000


def code_spans(text: Any, *, is_sentence: bool = False) -> Markup:
    """Return a text as HTML in which what stands between backticks is code; as a sentence it begins with a
    capital.
    """
    given = str(text or "")
    if is_sentence and not given.startswith("`"):
        given = given[:1].upper() + given[1:]
    parts = given.split("`")
    if len(parts) % 2 == 0:  # the last backtick has no other: it is a letter like any
        parts[-2:] = ["`".join(parts[-2:])]
    shown = (Markup("<code>{}</code>").format(part) if at % 2 else part for at, part in enumerate(parts))
    return Markup("").join(shown)  # which escapes what is no markup


def spread(text: Any) -> str:
    """Return a text whose long lines of JSON, or that end in JSON, are written on several lines."""
    given = str(text or "")
    if len(given) > _MOST:
        return given
    return "\n".join(_spread(line) for line in given.split("\n"))


def _spread(line: str) -> str:
    start = _DATA.search(line) if len(line) > _LONG else None
    if start is None:
        return line
    try:
        data = json.loads(line[start.start() :])
    except (ValueError, RecursionError):
        return line
    words = line[: start.start()].rstrip()
    drawn = json.dumps(data, indent=2, ensure_ascii=False)
    return f"{words}\n{drawn}" if words else drawn
