"""Telling words: those of a text that ask for something, in any language and script.

Owns what counts as evidence that words were understood: all of them are known, or they were not. Refuses to
say what a word means.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from .names import singular

_WORD = re.compile(r"[^\W_]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_FUNCTION = """
a an the and or of for to in on with by from at as is are be was were been being it its this that these those
they them their there his her he she we us our i me my you your who whom which whose where what so such some any
each every all both either own also too very just really please can could would should may might must shall will
want wants need needs like let lets able has have had having do does did make makes made making s t d ll re ve
build builds building create creates creating write writes writing develop develops implement implements
implementing design program set up get give new simple small big easy nice good great cool best better modern
clean lightweight tiny little basic fast robust reliable beautiful friendly full complete whole called named
using use uses well one via over through into about within between work works working way help helps when then
than if other more most many several various single thing something stuff project software solution product tool
eine einen einer ein der die das den dem des und oder für fur mit von zu zum zur im ist sind soll sollen wir
ich erstelle erstellen baue bauen schreibe schreiben entwickle entwickeln bitte
"""
_FUNCTION_WORDS = frozenset(_FUNCTION.split())


def plain_words(text: str) -> list[str]:
    """Return all words of a text in lower case, without accents; those of any script are words."""
    parts = unicodedata.normalize("NFKD", text.replace("’", "'"))
    joined = "".join(each for each in parts if not unicodedata.combining(each))
    return [match.casefold() for match in _WORD.findall(joined)]


def telling_words(text: str) -> list[str]:
    """Return the words that ask for something, in the singular and in order.

    Denials, conditions that limit, and numbers are telling: *not*, *only*, *unless*, *200*.
    """
    return [singular(word) for word in plain_words(text) if word not in _FUNCTION_WORDS]


def vocabulary(texts: Iterable[str]) -> frozenset[str]:
    """Return every word of some texts as `unknown_words` compares it."""
    return frozenset(
        singular(word) for text in texts for each in (text, _HUMP.sub(" ", text)) for word in plain_words(each)
    )


def unknown_words(text: str, known: frozenset[str]) -> tuple[str, ...]:
    """Return the telling words of a text that are not among the known ones; none: all was understood."""
    return tuple(dict.fromkeys(word for word in telling_words(text) if word not in known))
