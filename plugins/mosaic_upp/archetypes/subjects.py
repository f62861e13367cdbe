"""The nouns of a goal: what is listed, kept or related in it. Refuses words that are no things."""

from __future__ import annotations

import re

from ..reading.names import entity_name, plural, singular, words
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
            r"|scrap(?:e|es|ing)|ingest(?:s|ing)?"
            r"|collect(?:s|ing)?|fetch(?:es|ing)?|crawl(?:s|ing)?|mit|für"
            r"|resources|models|serves?|exposes?)\s+(?:an?\s+|the\s+|all\s+|my\s+"
            r"|our\s+)?(?P<list>[^.;:()!?]+)"
        ),
        re.IGNORECASE,
    ),
    re.compile(r"\b(?:for|of)\s+(?P<list>[^.;:()!?]+)", re.IGNORECASE),
)
RELATED = re.compile(
    r"\b(?P<one>[a-z]+s)\s+(?:(?:that|who|which|can)\s+)*"
    r"(?:belong to|borrow|have|contain|own|write|place|book|order|rent|buy|review|attend|join)\s+"
    r"(?:an?\s+|many\s+|several\s+)?(?P<two>[a-z]+s)\b",
    re.IGNORECASE,
)
_STOP = re.compile(
    (
        r"\s+(?:in|using|with|without|via|over|through|on|for|that|which|so|where|to|by|from|written|backed"
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
        "redis",
        "kafka",
        "celery",
        "stripe",
        "django",
        "fastapi",
        "kubernetes",
        "websocket",
    }
)


_ABILITY_WORDS = """
notifications webhooks websockets updates analytics statistics stats charts graphs uploads downloads exports
logins permissions emails mails reminders alerts animations transitions filters shortcuts plugins backups logs
metrics migrations translations recommendations predictions transactions retries tests tokens sessions
"""
_ABILITIES = frozenset(_ABILITY_WORDS.split())
"""What a program does, and does not keep, although it is said like things: *with notifications*."""
_DEED_WORDS = """
email mail send notify remind alert export import print show display let allow generate search filter sort sync
upload download charge compute calculate predict detect recognise recognize classify publish deploy convert
translate compress encrypt monitor plot draw play stream schedule visualise visualize delete remove support
authenticate authorise authorize
"""
_DEEDS = frozenset(_DEED_WORDS.split())
_DENIED = re.compile(r"\b(?:not|never|no|nobody|without|cannot|don't|must not)\b", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.;:!?]\s")
_BARE = re.compile(r"(?!(?:an?|the|my|our|your|their)\b|\w+ing\b)", re.IGNORECASE)
_NAMED = re.compile(r"(?:[A-Z][a-zß-öø-ÿ]+)+$")


def subjects_of(goal: str, *, is_bare: bool = False) -> list[str]:
    """Return the nouns of the things that a goal is about, singular CamelCase; none if it names none.

    `is_bare`: one noun alone is kept after *for*, where it has no article (*for sensor readings*).
    """
    related = [entity_name(match[side]) for match in RELATED.finditer(goal) for side in ("two", "one")]
    if related:
        return [name for name in dict.fromkeys(related) if name]
    for number, pattern in enumerate(_LISTS):
        for match in pattern.finditer(goal):
            if _DENIED.search(_SENTENCE_END.split(goal[: match.start("list")])[-1]):
                continue
            parts = re.split(
                r"\s*(?:,|;|&|\+|/|\band\b|\bund\b|\bor\b|\bplus\b|\bas well as\b)\s*",
                _STOP.sub("", match["list"]),
            )
            nouns = [noun for part in parts if (noun := _noun(part, needs_plural=number == 1))]
            is_alone = len(nouns) == 1 and nouns[0] not in FIELDS
            if nouns and (number == 0 or not is_alone or (is_bare and _BARE.match(match["list"]))):
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
        or (found[-1] in _ABILITIES and entity_name(found[-1]) not in FIELDS)
        or (len(found) > 1 and found[0] in _DEEDS)
        or not _is_a_thing(part, found[-1])
    ):
        return ""
    name = entity_name(" ".join(found))
    if needs_plural and singular(found[-1]) == found[-1] and name not in FIELDS:
        return ""
    return name


def _is_a_thing(part: str, noun: str) -> bool:
    """Whether a word is said as one of many, or as a name: not *with rate limiting*, *with OAuth*."""
    raw = part.rsplit(maxsplit=1)[-1].strip("'\"")
    return (
        singular(noun) != noun or plural(noun) == noun or entity_name(noun) in FIELDS or bool(_NAMED.match(raw))
    )
