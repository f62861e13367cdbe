"""Fields that a goal states itself: ``books (title, isbn, price)`` or ``products: name, price``.

Owns their reading, and the goal without them, in which the nouns are found as ever.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import attrs

from mosaic_hookspecs.blueprint import Entity

from ..reading.models import entity_in_line
from ..reading.names import entity_name

_GROUP = re.compile(r"(?P<noun>[^\W\d_][\w'-]*)\s*\((?P<fields>[^()]{2,400})\)")
_COLON = re.compile(
    r"\b(?P<noun>[^\W\d_][\w'-]*)\s*:\s*(?P<fields>[A-Za-z_][\w ]{0,40}(?:\([^()]*\))?"
    r"(?:\s*(?:,|\band\b)\s*[A-Za-z_][\w ]{0,40}(?:\([^()]*\))?)+)"
)
_ASIDE = re.compile(r"(?:e\.?g\.?|i\.?e\.?|such as|like|for example|optional|required|and|or)\b", re.IGNORECASE)
_FILLER = "filler_of_a_line"
_UNION = re.compile(r":\s*([\w-]+(?:\s*\|\s*[\w-]+)+)")


def read_fields(goal: str) -> tuple[str, Mapping[str, Entity]]:
    """Return the goal without stated fields, and the entities that have some, by name."""
    found: dict[str, Entity] = {}

    def take(match: re.Match[str]) -> str:
        if match.string.count("(", 0, match.start()) > match.string.count(")", 0, match.start()):
            return match[0]
        if match.re is _GROUP and not re.search("[,:]", match["fields"]) and not match["noun"].endswith("s"):
            return match[0]
        fields = _UNION.sub(r" (one of: \1)", match["fields"])
        entity = None if _ASIDE.match(fields) else _entity(match["noun"], fields)
        if entity is None:
            return match[0]
        found[entity.name] = entity
        return match["noun"]

    said = _COLON.sub(take, goal)
    return _GROUP.sub(take, said), found


def _entity(noun: str, fields: str) -> Entity | None:
    name = entity_name(noun)
    if not name:
        return None
    read = entity_in_line(f"{name}: {fields}") or entity_in_line(f"{name}: {fields}, {_FILLER}")
    if read is None:
        return None
    kept = tuple(field for field in read.fields if field.name not in ("id", _FILLER))
    return attrs.evolve(read, fields=kept) if kept else None
