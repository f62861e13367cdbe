"""User stories, and sentences that ask for something. Owns the wording of wishes."""

from __future__ import annotations

import re

import attrs

_STORY = re.compile(
    r"\bas (?:an?|the|our)?\s*(?P<role>[^,.;:]{1,80}?)\s*[,;:–—-]?\s+"
    r"(?:i|we|they)(?:'d| would)?\s+(?:want|need|like|wish|expect|can|should be able|must "
    r"be able|am able|have)(?:\s+to)?\b\s*(?P<want>.+)",
    re.IGNORECASE | re.DOTALL,
)
_STORY_GERMAN = re.compile(
    r"\bals (?:eine?r?\s+)?(?P<role>[^,.;:]{1,80}?),?\s+(?:möchte|will|brauche) ich\s+(?P<want>.+)",
    re.IGNORECASE | re.DOTALL,
)
_REASON = re.compile(
    r"[,;.]?\s*\b(?:so that|so i|so we|so they|in order to|because|damit|um\b[^,.]*\bzu)\b\s*(?P<why>.+)",
    re.IGNORECASE | re.DOTALL,
)
_MODAL = re.compile(
    r"\b(?:must|shall|should|will|need(?:s|ed)? to|ha(?:s|ve) to|(?:is|are) required"
    r"|require[sd]?|can|cannot|may not|support(?:s|ed)?"
    r"|allow(?:s|ed)?|provide[sd]?|enable[sd]?|let(?:s)? (?:users|people|them|you|us)"
    r"|ensure[sd]?|able to|never|always|at least|at most)\b",
    re.IGNORECASE,
)
_STRONG_MODAL = re.compile(
    r"\b(?:must|shall|should|ha(?:s|ve) to|(?:is|are) required to|needs? to)\b", re.IGNORECASE
)
_META = re.compile(
    r"(?:document |last |current )?(?:version|created|updated|date|author|authors|owner"
    r"|status|revision|updated on|prepared by|approved by"
    r"|reviewers?|confidential|copyright|©|last modified|product manager|project name"
    r"|product name|doc id|document id)\b[^a-z]{0,3}\s*(?:[:–—-].*|\d.*|$)",
    re.IGNORECASE,
)
_INTRODUCES = re.compile(
    r"^(?:the following|this (?:section|document|page|table|list)|below (?:are|is)|see "
    r"(?:also|the|section|below)|here (?:are|is)|these are|note that this (?:section"
    r"|document)"
    r"|\(?(?:none|n/?a|tbd|to be (?:defined|determined|done)|todo|wip|-|empty|nothing(?: yet)?)\)?[.!]?$)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?。！？])\s+(?=[^a-z\s])")


@attrs.frozen(kw_only=True)
class Story:
    """Who wants what, and why ("" where it is not said)."""

    role: str
    want: str
    why: str = ""


def story_of(text: str) -> Story | None:
    """Read "As a X, I want Y so that Z" out of a text; None if it is no user story."""
    head = text[:4000].replace("’", "'")
    match = _STORY.search(head) or _STORY_GERMAN.search(head)
    if match is None:
        return None
    want = match["want"].strip()
    reason = _REASON.search(want)
    why = reason["why"].strip(" .") if reason else ""
    if reason:
        want = want[: reason.start()]
    want = want.strip(" .,;")
    return Story(role=match["role"].strip(), want=want, why=why) if want else None


def asks(text: str) -> bool:
    """Whether a sentence reads as a requirement."""
    return bool(_MODAL.search(text))


def demands(text: str) -> bool:
    """Whether a sentence reads as a requirement even where only context is expected."""
    return bool(_STRONG_MODAL.search(text))


def is_metadata(text: str) -> bool:
    """Whether a text is about the document: its version, its author, its date."""
    return bool(_META.match(text.strip()))


def introduces(text: str) -> bool:
    """Whether a text only leads to what follows, or says that there is nothing."""
    return text.rstrip().endswith((":", "：")) or bool(_INTRODUCES.match(text.strip()))


def sentences(text: str) -> list[str]:
    """Split a paragraph into its sentences."""
    return [part.strip() for part in _SENTENCE.split(text) if part.strip()]
