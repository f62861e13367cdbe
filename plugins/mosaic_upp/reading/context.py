"""What stands around each block: its topic, the label above it, whether it has children.

Owns how headings, labels ("Endpoints:") and list items that only name their children nest.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from .document import Block
from .endpoints import routes_in
from .stories import asks, story_of
from .topics import Topic, topic_of, topic_of_path

_BOLD_LINE = re.compile(r"^(?:\*\*|__)[^*_\n]{1,80}(?:\*\*|__)\s*:?$")
_OUT_LINE = re.compile(
    r"^(?:explicitly |strictly )?(?:out of (?:the )?scope|not in (?:the )?scope|non[- "
    r"]?goals?|excluded|exclusions?|won'?t have|will not have|not planned|future(?: work)?"
    r"|deferred|later)\b(?:[^:]{0,40})?[:–—-]"
    r"|[(\[](?:out of scope|not in scope|future(?: work| version| release)?|won'?t(?: have)?"
    r"|deferred|not planned|later|post[- ]mvp|v2)[)\]]\.?$"
    r"|\b(?:is|are) (?:explicitly )?(?:out of scope|not in scope|deferred|not planned|excluded)\b",
    re.IGNORECASE,
)
_TITLE_WORDS = re.compile(
    r"requirements? (?:document|specification)|\bprd\b|\bspec(?:ification)?\b|^product|^project", re.IGNORECASE
)
_SHORT = 4


@attrs.frozen(kw_only=True)
class Place:
    """A block's surroundings. `prefix` are the words of labels around it that name what it is about."""

    topic: Topic | None
    above: Topic | None
    label: str
    prefix: str
    has_children: bool
    is_label: bool


def title_of(blocks: Sequence[Block]) -> int | None:
    """Return the index of the heading that is the document's title, if one is."""
    firsts = [index for index, block in enumerate(blocks) if block.kind == "heading"]
    tops = [index for index in firsts if blocks[index].level == 1]
    if not firsts or blocks[firsts[0]].level != 1:
        return None
    text = blocks[firsts[0]].text
    alone = len(tops) == 1 and len(firsts) > 1
    if alone or topic_of(text) in (None, Topic.ABOUT) or _TITLE_WORDS.search(text):
        return firsts[0]
    return None


def places_of(blocks: Sequence[Block]) -> list[Place]:
    """Say for each block what is around it."""
    title = title_of(blocks)
    name = blocks[title].path[-1] if title is not None else None
    has_sections = sum(block.kind == "heading" for block in blocks) > 1
    parents = {block.parent for block in blocks if block.parent >= 0}
    places: list[Place] = []
    label, is_sticky = "", False
    for index, block in enumerate(blocks):
        path = list(block.path[1:] if name is not None and block.path[:1] == (name,) else block.path)
        if block.kind == "heading" or (block.kind == "text" and block.depth == 0 and not is_sticky):
            label = ""
        own = _labels(block, index in parents, blocks[index + 1 : index + 2])
        if own and block.kind == "text" and block.depth == 0:
            label, is_sticky = "", bool(_BOLD_LINE.match(block.raw.strip()))
        around = [*([label] if label else []), *_parents(blocks, places, block)]
        topics = [words for words in around if len(words.split()) <= 2 * _SHORT or topic_of(words) is Topic.OUT]
        topic = topic_of_path([*path, *topics])
        if topic is None and not path and block.kind == "text" and has_sections:
            topic = Topic.ABOUT
        if _OUT_LINE.search(block.text.replace("’", "'")[:400]) and block.kind != "heading":
            topic = Topic.OUT
        above = topic_of_path([*path[:-1], *topics]) if block.kind == "heading" else topic
        above_it = around[1:] if label else around
        names = [words for words in above_it if len(words.split()) <= 2 * _SHORT]
        if label and not names and topic_of(label) is None and len(label.split()) <= _SHORT:
            names = [label]
        if (
            not names
            and len(path) > 0
            and block.kind in ("text", "item")
            and block.parent < 0
            and (topic_of(path[-1]) is None or routes_in(path[-1]))
            and len(path[-1].split()) <= 2 * _SHORT
        ):
            names = [path[-1]]
        places.append(
            Place(
                topic=topic,
                above=above,
                label=label,
                prefix=": ".join(names[-1:]),
                has_children=index in parents,
                is_label=bool(own),
            )
        )
        if own and block.kind == "text" and block.depth == 0:
            label = own
        if block.kind == "heading":
            is_sticky = False
    return places


def _labels(block: Block, has_children: bool, after: Sequence[Block]) -> str:  # noqa: FBT001 - a private rule
    text = block.text.rstrip(" :：")
    if block.kind == "text":
        leads = bool(after) and after[0].kind in ("item", "row", "fence")
        if _BOLD_LINE.match(block.raw.strip()) and not story_of(text) and not routes_in(block.raw):
            return text
        return text if block.text.endswith((":", "：")) and leads else ""
    if block.kind == "item" and has_children and not routes_in(block.raw) and not story_of(text):
        if block.text.endswith((":", "：")):
            return text
        return text if len(text.split()) <= _SHORT // 2 and ":" not in text and not asks(text) else ""
    return ""


def _parents(blocks: Sequence[Block], places: Sequence[Place], block: Block) -> list[str]:
    words: list[str] = []
    index = block.parent
    while index >= 0:
        text = blocks[index].text
        if places[index].is_label or ":" in text:
            words.append(text.split(":")[0].strip())
        if places[index].topic is Topic.OUT:
            words.append("out of scope")
        index = blocks[index].parent
    return words[::-1]
