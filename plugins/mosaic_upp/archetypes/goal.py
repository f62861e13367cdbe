"""A goal in a sentence: its archetype, the product's name and its nouns. Refuses words that say nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

from mosaic_hookspecs.errors import InputError, Location

from ..reading.names import entity_name, singular, words
from .catalogue import ARCHETYPES, Archetype
from .lexicon import DOMAINS, FIELDS

_MAX_GOAL = 2000
_MOST_NOUNS = 12
_VAGUE = """
a an the and or of for to in on with by from at as my our your their this that it its some any all
me i we you please can could would should do does did make makes making build builds building create
creates creating write develop implement add get give want need like have has be is are let us stuff
thing things something anything everything whatever good nice cool great best better new simple
small big fast easy work works working program software code project solution tool app application
system service website site platform product x y z foo bar baz test asdf hello world using which who
where when very really just also so more help people users user way manage managing management track
tracking store stores keep keeps storing handle handles api apis rest restful web backend frontend
server http json crud cli library package sdk pipeline etl command line script single page python
modern full stack
"""
_EMPTY_WORDS = frozenset(_VAGUE.split())
_NAME = re.compile(
    (
        r"\b(?:for|of)\s+(?:an?|the|my|our|your|their)?\s*(?P<name>[a-z][\w' -]*?)(?=\s+(?:with"
        r"|that|which|to|where|having|containing|using|in|and|who|so)\b|[,.;:()!?]|$)"
    ),
    re.IGNORECASE,
)
_LISTS = (
    re.compile(
        (
            r"\b(?:with|having|containing|including|covering|manag(?:e|es|ing)|track(?:s|ing)?"
            r"|stor(?:e|es|ing)|keep(?:s|ing)?|organi[sz](?:e|es|ing)|handl(?:e|es|ing)|entities"
            r"|resources|models|serves?|exposes?)\s+(?:an?\s+|the\s+|all\s+|my\s+"
            r"|our\s+)?(?P<list>[^.;:()!?]+)"
        ),
        re.IGNORECASE,
    ),
    re.compile(r"\b(?:for|of)\s+(?P<list>[^.;:()!?]+)", re.IGNORECASE),
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


@attrs.frozen(kw_only=True)
class Goal:
    """What a goal says. `nouns` are singular CamelCase; `is_guessed`: the domain alone suggested them."""

    text: str
    archetype: Archetype
    name: str
    nouns: Sequence[str]
    is_guessed: bool = False
    is_archetype_guessed: bool = False


def read_goal(text: str) -> Goal:
    """Understand a goal.

    Raises:
        InputError: it says too little (code ``goal-too-vague``) or far too much.
    """
    goal = " ".join(text.split())
    where = Location(path="goal", line=1)
    if len(goal) > _MAX_GOAL:
        hint = "Write it into a Markdown document and plan that."
        raise InputError(
            "goal-too-long",
            "the goal is longer than a sentence",
            where=where,
            expected=f"at most {_MAX_GOAL} characters",
            hint=hint,
        )
    telling = [word for word in words(goal) if word not in _EMPTY_WORDS and len(word) > 2]  # noqa: PLR2004 - a bound that is said once
    archetype = next((each for each in ARCHETYPES if re.search(each.pattern, goal, re.IGNORECASE)), None)
    total = [word for word in words(goal) if word.isalpha()]
    if not telling or len(total) < 2 or (archetype is None and len(telling) < 2):  # noqa: PLR2004 - a bound that is said once
        raise InputError(
            "goal-too-vague",
            "the goal does not say what to build",
            where=where,
            expected="a kind of program and what it is about",
            got=repr(goal[:60]),
            hint="Say it in a sentence, such as "
            '"Build a REST API for a bookshop with books, authors and orders".',
        )
    nouns = _nouns(goal)
    name = _name(goal) or (nouns[0] if nouns else telling[0])
    guessed = not nouns
    if guessed:
        domain = next(
            (DOMAINS[key] for key in DOMAINS if re.search(rf"\b{key}s?\b", goal, re.IGNORECASE)), None
        )
        nouns = list(domain) if domain else [entity_name(" ".join(words(name)[-2:])) or "Item"]
    return Goal(
        text=goal,
        archetype=archetype or next(each for each in ARCHETYPES if each.name == "web-application"),
        name=name,
        nouns=tuple(nouns[:_MOST_NOUNS]),
        is_guessed=guessed,
        is_archetype_guessed=archetype is None,
    )


def _name(goal: str) -> str:
    match = _NAME.search(goal)
    found = (
        [word for word in words(match["name"]) if word not in ("a", "an", "the", "my", "our")] if match else []
    )
    if not found or len(found) > 4 or all(word in _EMPTY_WORDS for word in found):  # noqa: PLR2004 - a bound that is said once
        return ""
    return " ".join(found)


def _nouns(goal: str) -> list[str]:
    for number, pattern in enumerate(_LISTS):
        for match in pattern.finditer(goal):
            parts = re.split(
                r"\s*(?:,|;|&|\+|/|\band\b|\bor\b|\bplus\b|\bas well as\b)\s*", _STOP.sub("", match["list"])
            )
            nouns = [noun for part in parts if (noun := _noun(part, needs_plural=number == 1))]
            if nouns and (number == 0 or len(nouns) > 1 or nouns[0] in FIELDS):
                return list(dict.fromkeys(nouns))
    return []


def _noun(part: str, *, needs_plural: bool) -> str:
    found = [
        word
        for word in words(part)
        if word.isalpha()
        and word
        not in (
            "a",
            "an",
            "the",
            "their",
            "its",
            "my",
            "our",
            "all",
            "some",
            "many",
            "simple",
            "various",
            "several",
        )
    ]
    if (
        not found
        or len(found) > 2  # noqa: PLR2004 - a bound that is said once
        or found[-1] in _NOT_NOUNS
        or found[-1] in ("stuff", "things", "thing", "ease", "tests")
    ):
        return ""
    name = entity_name(" ".join(found))
    if needs_plural and singular(found[-1]) == found[-1] and name not in FIELDS:
        return ""
    return name
