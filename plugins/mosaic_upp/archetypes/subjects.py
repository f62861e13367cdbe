"""The nouns of a goal: what is listed, kept, shown or related in it. Refuses words that are no things."""

from __future__ import annotations

import re

from ..reading.names import entity_name, singular, words
from .lexicon import FIELDS

_MOST_PARTS, _MOST_WORDS = 2, 3
_NO_PART = frozenset(
    ("a", "an", "the", "their", "its", "my", "our", "all", "some", "many", "simple", "various", "several")
)
_FACTS = frozenset(["status", "state", "type", "types", "field", "fields"])
_NOTHING = frozenset(["them", "it", "they", "stuff", "things", "thing", "ease", "tests"])
_LISTS = (
    re.compile(
        (
            r"\b(?:with|having|containing|including|covering|manag(?:e|es|ing)|track(?:s|ing)?"
            r"|stor(?:e|es|ing)|keep(?:s|ing)?|organi[sz](?:e|es|ing)|handl(?:e|es|ing)|entities"
            r"|show(?:s|ing)?|display(?:s|ing)?|visuali[sz](?:e|es|ing)|scrap(?:e|es|ing)|ingest(?:s|ing)?"
            r"|collect(?:s|ing)?|fetch(?:es|ing)?|crawl(?:s|ing)?|mit|für"
            r"|resources|models|serves?|exposes?)\s+(?:an?\s+|the\s+|all\s+|my\s+"
            r"|our\s+)?(?P<list>[^.;:()!?]+)"
        ),
        re.IGNORECASE,
    ),
    re.compile(r"\b(?:for|of)\s+(?P<list>[^.;:()!?]+)", re.IGNORECASE),
)
_RELATED = re.compile(
    r"\b(?P<one>[a-z]+s)\s+(?:(?:that|who|which|can)\s+)*"
    r"(?:belong to|borrow|have|contain|own|write|place|book|order|rent|buy|review|attend|join)\s+"
    r"(?:an?\s+|many\s+|several\s+)?(?P<two>[a-z]+s)\b",
    re.IGNORECASE,
)
_STOP = re.compile(
    (
        r"\s+(?:in|using|via|over|through|on|for|that|which|so|where|to|by|from|written|backed"
        r"|at|as|when|while|into|if)\b.*$"
    ),
    re.IGNORECASE,
)
_NOT_NOUNS = frozenset(
    {
        "python",
        "flask",
        "sqlite",
        "test",
        "tests",
        "openapi",
        "documentation",
        "docs",
        "validation",
        "api",
        "database",
        "rest",
        "json",
        "crud",
        "endpoint",
        "endpoints",
        "authentication",
        "auth",
        "login",
        "postgres",
        "postgresql",
        "docker",
        "ui",
    }
)


def subjects_of(goal: str) -> list[str]:
    """Return the nouns of the things that a goal is about, singular CamelCase; none if it names none."""
    related = [entity_name(match[side]) for match in _RELATED.finditer(goal) for side in ("two", "one")]
    if related:
        return [name for name in dict.fromkeys(related) if name]
    for number, pattern in enumerate(_LISTS):
        for match in pattern.finditer(goal):
            parts = re.split(
                r"\s*(?:,|;|&|\+|/|\band\b|\bund\b|\bor\b|\bplus\b|\bas well as\b)\s*",
                _STOP.sub("", match["list"]),
            )
            nouns = [noun for part in parts if (noun := _noun(part, needs_plural=number == 1))]
            if nouns and (number == 0 or len(nouns) > 1 or nouns[0] in FIELDS):
                return list(dict.fromkeys(nouns))
    return []


def _noun(part: str, *, needs_plural: bool) -> str:
    found = [word for word in words(part) if word.isalpha() and word not in _NO_PART]
    if (
        not found
        or len(re.sub(r"\b[\w]+-", "", part).split()) > _MOST_PARTS
        or len(found) > _MOST_WORDS
        or found[-1] in _NOT_NOUNS
        or (found[0] in _FACTS and (len(found) > 1 or found[0] in ("status", "state")))
        or found[-1] in _NOTHING
    ):
        return ""
    name = entity_name(" ".join(found))
    if needs_plural and singular(found[-1]) == found[-1] and name not in FIELDS:
        return ""
    return name
