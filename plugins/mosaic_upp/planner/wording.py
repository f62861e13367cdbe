"""What requirements are called in a plan: in a line, in a few words, and by their identifiers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mosaic_hookspecs.plan import Requirement

_MOST_SERVED = 20
_LONGEST_WISH, _LONGEST_BRIEF, _SHORTEST_HEAD = 140, 40, 3
_ID_OF_STORY = re.compile(
    r"^as (?:an?|the) [^,]{1,60},?\s+i (?:want|need|would like|can)(?: to)?\s+", re.IGNORECASE
)


def requirement_ids(requirements: Sequence[Requirement]) -> tuple[str, ...]:
    """Name requirements, at most so many that a person still reads them."""
    return tuple(requirement.requirement_id for requirement in requirements[:_MOST_SERVED])


def every_id(requirements: Sequence[Requirement]) -> tuple[str, ...]:
    """Name all of the requirements, so that none goes unserved."""
    return tuple(requirement.requirement_id for requirement in requirements)


def wish(requirement: Requirement) -> str:
    """Say in one line what a requirement asks for."""
    want = requirement.data.get("want")
    text = str(want) if want else _ID_OF_STORY.sub("", requirement.text)
    text = " ".join(text.split()).strip(" .;")
    return text if len(text) <= _LONGEST_WISH else text[: _LONGEST_WISH - 1].rstrip(" ,;") + "…"


def brief(text: str, most: int = _LONGEST_BRIEF) -> str:
    """Say a line in a few words."""
    head = re.split(r"\s*[:;(–—]\s*|,\s", text, maxsplit=1)[0]
    head = head if _SHORTEST_HEAD <= len(head) <= most else text
    return head if len(head) <= most else head[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"
