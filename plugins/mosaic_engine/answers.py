"""What agents answer, made safe to store: an agent's nonsense must harm its own attempt only."""

from __future__ import annotations

from typing import Any

import attrs

from mosaic_hookspecs.agents import AgentResult
from mosaic_hookspecs.data import canonical_json
from mosaic_hookspecs.tasks import Usage

MOST_REASON = 4000
_MOST_OUTPUT = 1024 * 1024
_MOST_TOKENS, _MOST_MONEY, _LONGEST_MODEL = 10**15, 1e12, 200
_OUTCOMES = ("succeeded", "failed", "skipped", "released")


def storable(text: str) -> str:
    """Return `text` without what cannot be written as UTF-8, bounded."""
    return text[:MOST_REASON].encode("utf-8", "replace").decode("utf-8")


def sound(answer: Any, agent: str) -> AgentResult:
    """Return an agent's answer if it can be stored, else a failure that says what is wrong with it."""
    fault = _fault(answer)
    if fault:
        usage: Any = getattr(answer, "usage", None)
        return AgentResult(
            outcome="failed",
            summary=storable(f"{agent} answered with {fault}"),
            usage=usage if is_sound_usage(usage) else Usage(),  # it was spent all the same
        )
    result: AgentResult = answer
    return attrs.evolve(result, summary=storable(result.summary)) if result.summary else result


def _fault(answer: Any) -> str:
    if not isinstance(answer, AgentResult):
        return f"{type(answer).__name__}, not with a result"
    if answer.outcome not in _OUTCOMES:
        return f"an outcome that there is not: {answer.outcome!r}"
    if not is_sound_usage(answer.usage):
        return "a usage that is not a number of tokens, an amount of money, or the name of a model"
    if not answer.outputs:
        return ""
    try:
        size = len(canonical_json(dict(answer.outputs)).encode())
    except (TypeError, ValueError, RecursionError) as error:
        return f"outputs that are not JSON: {error}"
    return f"outputs of {size} bytes; {_MOST_OUTPUT} is the most" if size > _MOST_OUTPUT else ""


def is_sound_usage(given: object) -> bool:
    """Whether it can be stored and added up: numbers that are not negative and not beyond all measure, and the
    name of a model.
    """
    if not isinstance(given, Usage):
        return False
    usage: Any = given
    return (
        all(
            isinstance(tokens, int) and 0 <= tokens <= _MOST_TOKENS
            for tokens in (usage.input_tokens, usage.output_tokens, usage.cached_tokens)
        )
        and isinstance(usage.money, int | float)
        and 0 <= usage.money <= _MOST_MONEY
        and all(isinstance(mark, bool) for mark in (usage.is_estimated, usage.is_subscription))
        and isinstance(usage.model, str)
        and len(usage.model) <= _LONGEST_MODEL
        and usage.model.isprintable()
    )
