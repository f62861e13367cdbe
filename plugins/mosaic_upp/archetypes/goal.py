"""A goal in a sentence: its archetype, the product's name and its nouns. Refuses words that say nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import attrs

from mosaic_hookspecs.blueprint import Entity
from mosaic_hookspecs.errors import InputError, Location

from ..reading.names import words
from ..reading.telling import plain_words
from .catalogue import ARCHETYPES, Archetype
from .explicit import read_fields
from .lexicon import DOMAINS
from .subjects import subjects_of

_MAX_GOAL = 2000
_MOST_NOUNS = 12
_LONGEST_NAME = 4
_ENOUGH = 6
_LONGEST_TITLE = 48
_ORDER = re.compile(
    r"^(?:please\s+)?(?:(?:we|i)\s+(?:want|need)\s+)?(?:(?:build|make|create|write|develop|implement|train)\s+)?"
    r"(?:(?:an?|the|our|my)\s+)?",
    re.IGNORECASE,
)
_KEPT_IN_BULK = ("rest-api", "data-pipeline")
_VAGUE = """
a an the and or of for to in on with by from at as my our your their this that it its some any all
me i we you please can could would should do does did make makes making build builds building create
creates creating write develop implement add get give want need like have has be is are let us stuff
thing things something anything everything whatever good nice cool great best better new simple
small big fast easy work works working program software code project solution tool app application
system service website site platform product x y z foo bar baz test asdf hello world using which who
where when very really just also so more help people users user way manage managing management track
tracking store stores keep keeps storing handle handles api apis rest restful web backend frontend
react vue angular svelte django fastapi flask golang rust java kotlin node typescript javascript
them they these those status erstelle baue schreibe entwickle eine einen für fur und mit
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


_NO_NAMES = frozenset(
    ("a", "an", "the", "my", "our", "managing", "tracking", "handling", "storing", "keeping", "organizing")
)


@attrs.frozen(kw_only=True)
class Goal:
    """What a goal says. `nouns` are singular CamelCase; `is_guessed`: the domain alone suggested them.
    `is_named`: `name` is what the goal itself calls the thing (*for a bookshop*).
    """

    text: str
    archetype: Archetype
    name: str
    nouns: Sequence[str]
    is_guessed: bool = False
    is_archetype_guessed: bool = False
    is_named: bool = False
    stated: Mapping[str, Entity] = attrs.field(factory=dict)


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
    foreign = [word for word in plain_words(goal) if not word.isascii() and len(word) > 2]  # noqa: PLR2004 - a bound that is said once
    telling = [word for word in words(goal) if word not in _EMPTY_WORDS and len(word) > 2]  # noqa: PLR2004 - a bound that is said once
    archetype = _archetype(goal)
    total = [word for word in words(goal) if word.isalpha()]
    is_vague = not telling or len(total) < 2 or (archetype is None and len(telling) < 2)  # noqa: PLR2004 - a bound that is said once
    if is_vague and (sum(map(len, foreign)) < _ENOUGH if archetype is None else not foreign):
        raise InputError(
            "goal-too-vague",
            "the goal does not say what to build",
            where=where,
            expected="a kind of program and what it is about",
            got=repr(goal[:60]),
            hint="Say it in a sentence, such as "
            '"Build a REST API for a bookshop with books, authors and orders".',
        )
    said, stated = read_fields(goal)
    nouns = subjects_of(said, is_bare=archetype is not None and archetype.name in _KEPT_IN_BULK)
    nouns = list(dict.fromkeys([*(name for name in stated if name not in nouns), *nouns]))
    named = _name(said)
    name = named or (" ".join(words(nouns[0])) if nouns else _deed(said) or title_of(said))
    kind = archetype or next(each for each in ARCHETYPES if each.name == "web-application")
    guessed = _guessed(said, kind) if not nouns else []
    return Goal(
        text=goal,
        stated=stated,
        archetype=kind,
        name=name,
        nouns=tuple((nouns or guessed)[:_MOST_NOUNS]),
        is_guessed=bool(guessed),
        is_named=bool(named),
        is_archetype_guessed=archetype is None or not re.search(kind.surely, goal, re.IGNORECASE),
    )


def title_of(goal: str) -> str:
    """Say a goal in a few of its own words: without the order to build it, and cut."""
    text = _ORDER.sub("", goal, count=1) or goal
    text = re.split(r"[.;:!?]\s", text, maxsplit=1)[0].strip(" .;:!?")
    return text if len(text) <= _LONGEST_TITLE else text[:_LONGEST_TITLE].rsplit(" ", 1)[0].rstrip(" ,;:") + "…"


def _archetype(goal: str) -> Archetype | None:
    """Find the kind of program that is named first; the general words for applications come last."""
    found = [
        (each.name == "web-application", match.start(), number)
        for number, each in enumerate(ARCHETYPES)
        if (match := re.search(each.pattern, goal, re.IGNORECASE))
    ]
    return ARCHETYPES[min(found)[2]] if found else None


def _guessed(goal: str, kind: Archetype) -> list[str]:
    """Say what a service or an application keeps whose goal names a known domain alone."""
    if kind.name not in ("rest-api", "web-application"):
        return []
    key = next((key for key in DOMAINS if re.search(rf"\b{key}s?\b", goal, re.IGNORECASE)), "")
    return list(DOMAINS.get(key, ()))


def _deed(goal: str) -> str:
    """Name a program by what it does: ``that converts CSV to JSON``."""
    for link in ("that|which", "to"):
        if match := re.search(rf"\b(?:{link})\s+((?:[\w-]+\s+){{1,4}}[\w-]+)(?:[.,;]|$)", goal):
            return match[1].strip()
    return ""


def _name(goal: str) -> str:
    match = _NAME.search(goal)
    found = [word for word in words(match["name"]) if word not in _NO_NAMES] if match else []
    name = " ".join(found)
    says_nothing = all(word in _EMPTY_WORDS for word in found) and name not in DOMAINS
    return "" if len(found) > _LONGEST_NAME or says_nothing else name
