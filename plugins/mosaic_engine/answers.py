"""What agents answer, made safe to store: an agent's nonsense must harm its own attempt only."""

from __future__ import annotations

import math
from typing import Any

import attrs

from mosaic_hookspecs.agents import AgentResult
from mosaic_hookspecs.data import canonical_json
from mosaic_hookspecs.tasks import Usage

MOST_REASON = 4000
_MOST_OUTPUT = 1024 * 1024
_OUTCOMES = ("succeeded", "failed", "skipped", "released")


def storable(text: str) -> str:
    """Return `text` without what cannot be written as UTF-8, bounded."""
    return text[:MOST_REASON].encode("utf-8", "replace").decode("utf-8")


def sound(answer: Any, agent: str) -> AgentResult:
    """Return an agent's answer if it can be stored, else a failure that says what is wrong with it."""
    fault = _fault(answer)
    if fault:
        return AgentResult(outcome="failed", summary=storable(f"{agent} answered with {fault}"))
    result: AgentResult = answer
    return attrs.evolve(result, summary=storable(result.summary)) if result.summary else result


def _fault(answer: Any) -> str:
    if not isinstance(answer, AgentResult):
        return f"{type(answer).__name__}, not with a result"
    if answer.outcome not in _OUTCOMES:
        return f"an outcome that there is not: {answer.outcome!r}"
    if not is_sound_usage(answer.usage):
        return "a usage that is not a number"
    if not answer.outputs:
        return ""
    try:
        size = len(canonical_json(dict(answer.outputs)).encode())
    except (TypeError, ValueError, RecursionError) as error:
        return f"outputs that are not JSON: {error}"
    return f"outputs of {size} bytes; {_MOST_OUTPUT} is the most" if size > _MOST_OUTPUT else ""


def is_sound_usage(usage: Usage) -> bool:
    """Whether every figure is a finite number that is not negative."""
    figures = (usage.input_tokens, usage.output_tokens, usage.cached_tokens, usage.money)
    return all(math.isfinite(figure) and figure >= 0 for figure in figures)
