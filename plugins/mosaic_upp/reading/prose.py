"""Requirements in headings, list items and paragraphs."""

from __future__ import annotations

import re

from .context import Place
from .document import Block, without_number
from .findings import LONG, Findings, kind_of, without_id
from .rows import is_empty_cell
from .stories import asks, demands, introduces, is_metadata, sentences
from .topics import Topic, topic_of

_ONLY_PAGES = re.compile(
    (
        r"(?:the|key|main|and|ui|list of|[/&,]|\s|pages?|screens?|views?|components?"
        r"|requirements?|layouts?|navigation)+"
    ),
    re.IGNORECASE,
)
_TELLS = (None, Topic.ABOUT, Topic.EXAMPLE, Topic.TECHNOLOGY, Topic.MODEL)
_PRIORITY = re.compile(r"(?:priority:? )?(?:high|medium|low|critical)(?: priority)?\.?", re.IGNORECASE)
_ITALIC = re.compile(r"_[^_]+_|\*[^*\s][^*]*\*")
_MAX_METADATA = 10


def is_hint(block: Block, place: Place) -> bool:
    """Whether words ask their reader something, name a priority, or are a template's hint in italics."""
    if place.topic not in (Topic.CRITERION, Topic.TEST) and block.text.endswith("?"):
        return True
    if _PRIORITY.fullmatch(block.text):
        return True
    return block.kind == "text" and bool(_ITALIC.fullmatch(block.raw.strip()))


def read_heading(block: Block, place: Place, after: Block | None, findings: Findings) -> None:
    """Read one heading; most only name what stands below."""
    text = without_id(without_number(block.text))
    if findings.routes_of(block, place) or findings.story(text, block):
        return
    is_empty = after is None or (after.kind == "heading" and after.level <= block.level)
    own = topic_of(text)
    if own is Topic.MILESTONE and re.search(r"\d", text) and place.above is not Topic.OUT:
        findings.add("milestone", text, block.start, block.end)
    elif place.above is Topic.PAGE and own in (None, Topic.PAGE, Topic.FEATURE):
        if not _ONLY_PAGES.fullmatch(text):
            findings.add("page", text, block.start, block.end)
    elif own is None and is_empty and place.above not in _TELLS:
        findings.add(kind_of(place.above), text, block.start, block.end)


def read_item(block: Block, place: Place, findings: Findings) -> None:
    """Read one list item."""
    text = without_id(block.text).strip()
    if not text or findings.story(text, block) or findings.routes_of(block, place):
        return
    if findings.example(text, block) or is_hint(block, place):
        return
    if place.is_label or is_empty_cell(text) or introduces(text):
        return
    if place.topic in (None, Topic.ABOUT) and is_metadata(text):
        return
    if place.topic in (Topic.ABOUT, Topic.EXAMPLE) and not demands(text):
        return
    findings.words(text, block, place)


def read_text(block: Block, place: Place, findings: Findings) -> None:
    """Read one paragraph: whole where wishes are expected, else only the sentences that ask."""
    lines = [re.sub(r"[*_`]", "", line).strip() for line in block.raw.split("\n")]
    if all(is_metadata(line) and len(line.split()) <= _MAX_METADATA for line in lines if line):
        return
    text = without_id(block.text)
    if findings.story(text, block) or findings.routes_of(block, place) or place.is_label or introduces(text):
        return
    if findings.example(text, block) or is_hint(block, place):
        return
    if place.topic in (None, Topic.ABOUT, Topic.EXAMPLE):
        wish = asks if place.topic is None else demands
        for sentence in sentences(text):
            if wish(sentence) and not is_metadata(sentence):
                findings.words(sentence, block, place)
    elif len(text.split()) > LONG or place.topic in (Topic.TEST, Topic.CRITERION):
        for sentence in sentences(text):
            findings.words(sentence, block, place)
    elif re.search(r"[^\W\d_]{2}", text):
        findings.words(text, block, place)
