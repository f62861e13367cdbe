"""A goal's clauses: pieces that ask for something of their own, each with its place in the goal.

Owns where a goal is cut. Refuses to judge whether a clause is understood.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

import attrs

from ..reading.telling import telling_words

_DEED = (
    r"(?:(?:auto|re)?(?:send|e-?mail|mail|notif|remind|alert|export|import|print|show|displa|let|allow|generat|search"
    r"|filter|sort|sync|upload|download|charg|comput|calculat|predict|detect|recogni[sz]|classif|publish|deploy"
    r"|convert|translat|compress|encrypt|back|monitor|report|plot|draw|play|record|stream|schedul|visuali[sz]|store"
    r"|writ|load|read|delete|remove|support|run|render|log)\w*)"
)
_CUT = re.compile(
    r"(?P<end>[.;!?:])\s+"
    r"|\s+[–—-]\s+"
    r"|,\s+(?:and|but|then|und)\s+(?:then\s+)?(?=\S+\s+\S+\s+\S)"
    rf"|,?\s+(?:and|but|then)\s+(?:then\s+|it\s+|should\s+|must\s+|can\s+)*(?={_DEED}\s+\S)"
    r"|,?\s+(?:and|but)\s+(?=(?:\w+\s+){1,3}(?:can|must|should|may|shall|get|gets|receives?|sees?)\s)"
    r"|[。；！？：]\s*",
    re.IGNORECASE,
)
_ENDS = " \t,.;:!?–—-。；！？："


@attrs.frozen(kw_only=True)
class Clause:
    """A piece of a goal as it is written. `start` is where it begins in the text that was cut."""

    text: str
    start: int


def clauses_of(text: str) -> Sequence[Clause]:
    """Cut a text into clauses, in order; one that tells nothing stays with the one before."""
    cuts = [(0, 0), *((match.start(), match.end()) for match in _CUT.finditer(text)), (len(text), len(text))]
    pieces: list[tuple[int, int]] = []
    for (_, start), (end, _) in itertools.pairwise(cuts):
        if pieces and not telling_words(text[start:end]):
            pieces[-1] = (pieces[-1][0], end)
        elif text[start:end].strip(_ENDS):
            pieces.append((start, end))
    return tuple(trimmed(text, start, end) for start, end in pieces)


def trimmed(text: str, start: int, end: int) -> Clause:
    """Return a stretch of a text as a clause, without what joins or ends it."""
    piece = text[start:end]
    head = len(piece) - len(piece.lstrip(_ENDS))
    return Clause(text=piece.strip(_ENDS), start=start + head)


def place_in(original: str, start: int) -> list[int]:
    """Return line and column, from 1, in a text of a place in the same text with its white space joined."""
    seen = 0
    for match in re.finditer(r"\S+", original):
        if seen + len(match[0]) > start:
            at = match.start() + max(start - seen, 0)
            return [original.count("\n", 0, at) + 1, at - (original.rfind("\n", 0, at) + 1) + 1]
        seen += len(match[0]) + 1
    return [1, 1]
