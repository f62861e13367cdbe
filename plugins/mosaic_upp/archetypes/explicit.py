"""Fields that a goal states itself: ``books (title, isbn, price)`` or ``products: name, price``.

Owns their reading, and the goal without them, in which the nouns are found as ever.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import attrs

from mosaic_hookspecs.blueprint import Entity

from ..reading.models import entity_in_line
from ..reading.names import entity_name
from ..reading.telling import unknown_words, vocabulary

_GROUP = re.compile(r"(?P<noun>[^\W\d_][\w'-]*)\s*\((?P<fields>[^()]{2,400})\)")
_COLON = re.compile(
    r"\b(?P<noun>[^\W\d_][\w'-]*)\s*:\s*(?P<fields>[A-Za-z_][\w ]{0,40}(?:\([^()]*\))?"
    r"(?:\s*(?:,|\band\b)\s*[A-Za-z_][\w ]{0,40}(?:\([^()]*\))?)+)"
)
_ASIDE = re.compile(r"(?:e\.?g\.?|i\.?e\.?|such as|like|for example|optional|required|and|or)\b", re.IGNORECASE)
_SENTENCE = re.compile(
    r"\b(?:an?|the|to|each|every|can|must|should|shall|is|are|be|we|they|it|when|with|from)\b|(?:\w+ ){3}\w",
    re.IGNORECASE,
)
_FILLER = "filler_of_a_line"
_RULES = vocabulary(
    (
        "string text integer int number decimal float boolean bool",
        "date datetime time enum unique required optional",
    )
)
_UNION = re.compile(r":\s*([\w-]+(?:\s*\|\s*[\w-]+)+)")


@attrs.frozen(kw_only=True)
class Stated:
    """An entity with its fields, as a goal states it from `start`, behind the noun, to `end`."""

    entity: Entity
    start: int
    end: int

    def is_whole(self, text: str) -> bool:
        """Whether every word of the statement is a field, a type, a choice or a rule that was read."""
        told = [field.name for field in self.entity.fields]
        told += [choice for field in self.entity.fields for choice in field.choices]
        return not unknown_words(text[self.start : self.end], _RULES | vocabulary(told))


def read_fields(goal: str) -> tuple[str, Mapping[str, Entity]]:
    """Return the goal without stated fields, and the entities that have some, by name."""
    found = stated_in(goal)
    said, behind = "", 0
    for each in found:
        said += goal[behind : each.start]
        behind = each.end
    return said + goal[behind:], {each.entity.name: each.entity for each in found}


def stated_in(goal: str) -> Sequence[Stated]:
    """Find the entities whose fields a goal states, in order."""
    found: list[Stated] = []
    for match in (*_COLON.finditer(goal), *_GROUP.finditer(goal)):
        if not any(each.start < match.end() and match.start("noun") < each.end for each in found):
            entity = _stated(match)
            if entity is not None:
                found.append(Stated(entity=entity, start=match.end("noun"), end=match.end()))
    return sorted(found, key=lambda each: each.start)


def _stated(match: re.Match[str]) -> Entity | None:
    before, behind = match.string[: match.start()], match.string[match.end() :]
    if before.count("(") > before.count(")"):
        return None
    if match.re is _GROUP and not re.search("[,:]", match["fields"]) and not match["noun"].endswith("s"):
        return None
    if match.re is _COLON and (_SENTENCE.search(match["fields"]) or behind.startswith(("-", "'"))):
        return None
    fields = _UNION.sub(r" (one of: \1)", match["fields"])
    return None if _ASIDE.match(fields) else _entity(match["noun"], fields)


def _entity(noun: str, fields: str) -> Entity | None:
    name = entity_name(noun)
    if not name:
        return None
    read = entity_in_line(f"{name}: {fields}") or entity_in_line(f"{name}: {fields}, {_FILLER}")
    if read is None:
        return None
    kept = tuple(field for field in read.fields if field.name not in ("id", _FILLER))
    return attrs.evolve(read, fields=kept) if kept else None
