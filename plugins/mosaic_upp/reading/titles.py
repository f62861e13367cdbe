"""The document's title, without the words that every requirements document has."""

from __future__ import annotations

import re
from collections.abc import Sequence

from .context import title_of
from .document import Block, without_number
from .topics import Topic, topic_of

_DOCUMENT_WORDS = re.compile(
    (
        r"^(?:(?:feature|epic|initiative|lean canvas|pflichtenheft|lastenheft|tool|cli):\s*)"
        r"|^(?:product |software |project |technical )?(?:requirements?|specification"
        r"|prd|design|project|product)(?: (?:requirements?|document|specification|doc"
        r"|brief|name))*\s*(?:\((?:prd|srs)\))?\s*(?:[:–—-]\s*|for\s+(?:the\s+)?|$)"
        r"|\s*[(\[]?(?:[–—:-]\s*)?(?:prd|product requirements?(?: document)?"
        r"|requirements?(?: document)?|specification|(?:game )?design document|gdd)[)\]]?$"
    ),
    re.IGNORECASE,
)

_SUBJECT = re.compile(r"\b(?:[Rr]equirements|[Ss]pecification) (?:for|of) (?:the )?((?:[A-Z][\w-]*[ ]?){1,5})")
_EARLY = 20
_ORDERED = re.compile(
    r"(?:please )?(?:build|create|make|write|develop|implement|design|program|(?:we|i) (?:want|need))\s+"
    r"(?:an?\s+|the\s+)?([^.:;,!?]{3,60}?)(?=\s+(?:that|which|where|with|for|so)\b|[.:;,!?]|$)",
    re.IGNORECASE,
)


def product_of(blocks: Sequence[Block]) -> str:
    """Name the product that a document is about; "" where nothing does."""
    title = title_of(blocks)
    first = next((block.text for block in blocks if block.kind == "heading"), "")
    heading = without_number(blocks[title].text if title is not None else first)
    ordered = _ORDERED.match(blocks[0].text) if blocks and not first else None
    if ordered:
        heading = f"{ordered[1][:1].upper()}{ordered[1][1:]}"
    if topic_of(heading) in (Topic.ABOUT, Topic.ASIDE):
        found = (_SUBJECT.search(block.text) for block in blocks[:_EARLY] if block.kind == "text")
        heading = next((match[1].strip() for match in found if match), heading)
    return _DOCUMENT_WORDS.sub("", heading).strip(" :–—-") or heading
