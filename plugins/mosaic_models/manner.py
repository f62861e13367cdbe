"""How an endpoint wants to be asked, as far as it was found out; forgotten with the generation.

Owns the ladder of the means by which an answer that fits a schema is asked for, and the few fields that not
every endpoint takes. A step is taken when a request was refused because of one, and kept when the next was not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import attrs

_PATIENCE = 2
"""So many answers in a row that are no JSON, though asked for, and the means is given up."""
_ABOUT_FORMAT = re.compile(
    r"response.?format|output.?config|json|schema|structured|grammar|tool|strict|unsupported|not.support"
    r"|unrecogni[sz]ed|unknown.(field|param|name|arg)|extra.(input|field)|not.permitted|unexpected",
    re.IGNORECASE,
)
_ABOUT_LENGTH = re.compile(
    r"context.?length|context.?window|too.?long|too.?large|too many tokens", re.IGNORECASE
)


@attrs.frozen(kw_only=True)
class Manner:
    """How one request is put. `mode` is the means for answers that fit a schema ("": none is asked for)."""

    mode: str = ""
    has_stream_options: bool = True
    has_temperature: bool = True
    has_cache_marks: bool = True
    is_completion_limit: bool = False


class Manners:
    """What was learned of one endpoint, by model."""

    def __init__(self) -> None:
        self._known: dict[str, Manner] = {}
        self._misses: dict[str, int] = {}

    def of(self, model: str, modes: Sequence[str]) -> Manner:
        """Return how to ask now; `modes` are the means that this request could take, the best first."""
        known = self._known.get(model, Manner())
        if not modes:
            return attrs.evolve(known, mode="")
        return attrs.evolve(known, mode=known.mode if known.mode in modes else modes[0])

    def keep(self, model: str, manner: Manner) -> None:
        """Remember a manner that was not refused."""
        before = self._known.get(model, Manner())
        self._known[model] = manner if manner.mode else attrs.evolve(manner, mode=before.mode)

    def judge(self, model: str, manner: Manner, modes: Sequence[str], *, is_json: bool) -> None:
        """Give up a means that the endpoint takes and does not heed."""
        if is_json:
            self._misses.pop(model, None)
            return
        misses = self._misses.get(model, 0) + 1
        lower = _below(manner.mode, modes)
        if misses < _PATIENCE or not lower:
            self._misses[model] = misses
            return
        self._misses.pop(model, None)
        self._known[model] = attrs.evolve(manner, mode=lower)


def after_refusal(
    manner: Manner, modes: Sequence[str], complaint: str, *, has_temperature: bool
) -> Manner | None:
    """Return how else to put a request that was refused with these words; None where that would not help."""
    said = complaint.lower()
    if "max_completion_tokens" in said and not manner.is_completion_limit:
        return attrs.evolve(manner, is_completion_limit=True)
    if "stream_options" in said and manner.has_stream_options:
        return attrs.evolve(manner, has_stream_options=False)
    if "cache_control" in said and manner.has_cache_marks:
        return attrs.evolve(manner, has_cache_marks=False)
    if "temperature" in said and has_temperature and manner.has_temperature:
        return attrs.evolve(manner, has_temperature=False)
    lower = _below(manner.mode, modes)
    if lower and not _ABOUT_LENGTH.search(said) and (not said.strip() or _ABOUT_FORMAT.search(said)):
        return attrs.evolve(manner, mode=lower)
    return None


def _below(mode: str, modes: Sequence[str]) -> str:
    if mode not in modes:
        return ""
    place = list(modes).index(mode) + 1
    return modes[place] if place < len(modes) else ""
