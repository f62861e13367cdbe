"""A document of a few sentences without any form: a goal, and what the product shall do."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .context import Place
from .document import Block
from .findings import Findings
from .stories import is_metadata, sentences

_ORDER = re.compile(
    r"(?:please )?(?:build|create|make|write|develop|implement|design|program|set up|(?:we|i) (?:want|need))\b",
    re.IGNORECASE,
)
_MOST = 40


def read_opening(blocks: Sequence[Block], places: Sequence[Place], findings: Findings) -> None:
    """Read every sentence, if the first one orders something and there are only a few."""
    said = [
        (sentence, block, place)
        for block, place in zip(blocks, places, strict=True)
        if block.kind in ("text", "item")
        for sentence in sentences(block.text)
        if not is_metadata(sentence)
    ]
    if not said or len(said) > _MOST or not _ORDER.match(said[0][0]):
        return
    for number, (sentence, block, place) in enumerate(said):
        if number or len(said) == 1:
            findings.words(sentence, block, place)
