"""What an archetype understands of a goal, clause by clause.

Owns the contract of coverage for goals: a clause is left to an archetype's steps only if each of its telling
words is one of the archetype, or names what the steps work on. All else is said to be beyond it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

import attrs

from mosaic_hookspecs.blueprint import Entity

from ..reading.names import entity_plural, words
from ..reading.telling import telling_words, unknown_words, vocabulary
from .catalogue import Archetype
from .clauses import Clause, clauses_of, trimmed
from .explicit import stated_in
from .goal import Goal
from .lexicon import DOMAINS
from .subjects import RELATED

_BOUNDARY = re.compile(
    r",\s+|\s+(?=(?:that|which|where|who|whose|so|when|while|if|for|with|without|using|via|in|into|on|from|by|to|and"
    r"|or|at|as|every|each|including|like|mit)\b)",
    re.IGNORECASE,
)
_LINK = re.compile(
    r"(?:and|or|that|which|who|with|including|mit)\s+(?:can\s+|must\s+|should\s+)?|(?:to|for)\s+(?=\w+)",
    re.IGNORECASE,
)
_NEEDS_ITS_HEAD = re.compile(
    r"(?:from|in|into|on|by|at|as|every|each|when|while|if|so|where|whose|like|or|for (?:an?|the|my|our))\b",
    re.IGNORECASE,
)
_LISTS = re.compile(r"(?:with|including|mit|and)\b", re.IGNORECASE)
_COMMA = re.compile(r",\s+(?:and\s+|or\s+)?|\s+(?:and|und)\s+", re.IGNORECASE)
_LONGEST_ITEM = 4
_MORE_THAN_A_NAME = re.compile(r"^\w+ing\b", re.IGNORECASE)


@attrs.frozen(kw_only=True)
class Judged:
    """A clause, and whether the archetype's steps serve it; if not, it needs work of its own."""

    clause: Clause
    is_known: bool


def judge_goal(read: Goal, entities: Sequence[Entity], stack_words: frozenset[str]) -> Sequence[Judged]:
    """Judge every clause of a goal by its archetype. Where none is known, the archetype does not fit."""
    judge = _Judge(read, entities, stack_words)
    masked = _without_fields(read.text)
    clauses = clauses_of(masked)
    found: list[Judged] = []
    for clause in clauses:
        for judged in judge.parts(clause):
            if judged.is_known and found and found[-1].is_known:
                whole = trimmed(masked, found[-1].clause.start, judged.clause.start + len(judged.clause.text))
                found[-1] = Judged(clause=whole, is_known=True)
            else:
                found.append(judged)
    is_sure = bool(read.nouns) or not read.is_archetype_guessed
    if not is_sure or not any(each.is_known and judge.names_kind(each.clause.text) for each in found):
        found = [Judged(clause=clause, is_known=False) for clause in clauses]
    return tuple(attrs.evolve(each, clause=_as_written(each.clause, read.text)) for each in found)


def _without_fields(text: str) -> str:
    """Blank what states fields and was wholly read, so that it is neither cut nor judged."""
    for each in stated_in(text):
        if each.is_whole(text):
            text = text[: each.start] + "_" * (each.end - each.start) + text[each.end :]
    return text


def _as_written(clause: Clause, text: str) -> Clause:
    return attrs.evolve(clause, text=text[clause.start : clause.start + len(clause.text)])


def only_names(read: Goal) -> bool:
    """Whether the name in a goal says what the program is for, and something else what it does."""
    is_more = bool(read.nouns) or len(clauses_of(read.text)) > 1
    return is_more and (read.name in DOMAINS or (read.is_named and not _MORE_THAN_A_NAME.match(read.name)))


def _items(clause: Clause) -> Sequence[Clause]:
    """Cut a list of a few words each into its items; anything else stays whole."""
    ends = [
        (0, 0),
        *((match.start(), match.end()) for match in _COMMA.finditer(clause.text)),
        (len(clause.text),) * 2,
    ]
    pieces = [trimmed(clause.text, start, end) for (_, start), (end, _) in itertools.pairwise(ends)]
    if any(not telling_words(each.text) or len(each.text.split()) > _LONGEST_ITEM for each in pieces):
        return (clause,)
    return tuple(attrs.evolve(each, start=clause.start + each.start) for each in pieces)


class _Judge:
    def __init__(self, read: Goal, entities: Sequence[Entity], stack_words: frozenset[str]) -> None:
        self._kind: Archetype = read.archetype
        self._entities = entities
        told = [read.archetype.says, *read.nouns, *(entity_plural(noun) for noun in read.nouns)]
        for entity in entities:
            told += [field.name for field in entity.fields]
            told += [choice for field in entity.fields for choice in field.choices]
        self._known = vocabulary(told) | stack_words
        if only_names(read):
            self._known |= vocabulary((read.name,))
        self._domains = vocabulary(word for word in DOMAINS if read.nouns and word in read.text.casefold())

    def names_kind(self, text: str) -> bool:
        """Whether a text names the archetype's kind of program."""
        return bool(re.search(self._kind.pattern, text, re.IGNORECASE))

    def parts(self, clause: Clause) -> Sequence[Judged]:
        """Return a clause as it is, or its head, if that is known, and what is asked for beyond."""
        if not self._unknown(clause.text):
            return (Judged(clause=clause, is_known=True),)
        for at in reversed([match.start() for match in _BOUNDARY.finditer(clause.text)]):
            head, tail = clause.text[:at], clause.text[at:]
            if self.names_kind(head) and not self._unknown(head):
                rest = trimmed(clause.text, at, len(clause.text))
                link = None if _NEEDS_ITS_HEAD.match(rest.text) else _LINK.match(rest.text)
                cut = link.end() if link and telling_words(rest.text[link.end() :]) else 0
                beyond = Clause(text=rest.text[cut:], start=clause.start + rest.start + cut)
                if _NEEDS_ITS_HEAD.match(rest.text) or not telling_words(tail):
                    beyond = clause
                known = trimmed(clause.text, 0, at)
                is_list = clause.text[at] == "," or (link is not None and bool(_LISTS.match(link[0])))
                listed = _items(beyond) if is_list and beyond is not clause else (beyond,)
                return (
                    Judged(clause=Clause(text=known.text, start=clause.start + known.start), is_known=True),
                    *(Judged(clause=each, is_known=False) for each in listed),
                )
        return (Judged(clause=clause, is_known=False),)

    def _unknown(self, text: str) -> Sequence[str]:
        rest = re.sub(self._kind.pattern, " ", text, flags=re.IGNORECASE)
        rest = RELATED.sub(self._relation, rest)
        return unknown_words(rest, self._known | self._domains)

    def _relation(self, match: re.Match[str]) -> str:
        """Leave a verb between two nouns out where one of them refers to the other."""
        one, two = self._entity(match["one"]), self._entity(match["two"])
        pairs = ((one, two), (two, one))
        is_held = any(
            holder and target and any(field.references == target.name for field in holder.fields)
            for holder, target in pairs
        )
        return f"{match['one']} {match['two']}" if is_held else match[0]

    def _entity(self, noun: str) -> Entity | None:
        plain = "_".join(words(noun))
        return next(
            (each for each in self._entities if plain in (each.plural, "_".join(words(each.name)))), None
        )
