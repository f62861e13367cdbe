"""What an attempt is reported as: by the agent's own words, never by its exit code alone."""

from __future__ import annotations

import re

from mosaic_hookspecs.agents import AgentResult
from mosaic_hookspecs.workspace import Completed

from .preset import Preset
from .story import Story

_DENIED = re.compile(
    r"\b40[13]\b|unauthori[sz]ed|authenticat|api.?key|not logged in|log ?in\b|/login", re.IGNORECASE
)


def judge(preset: Preset, story: Story, completed: Completed | None, stopped: str) -> AgentResult:
    """Return the result of an attempt. `stopped` says why Mosaic ended it, `completed` how it ended itself."""
    code = None if completed is None else completed.exit_code
    if stopped and not story.is_done:
        return _result("failed", stopped, code)
    if story.failure is not None:
        return _result(story.failure.outcome, _with_login(preset, story.failure.text), code)
    if story.is_done:
        return _result("succeeded", story.result or story.last_words, code)
    ending = None if code is None else preset.exit_codes.get(code)
    said = story.notes or story.last_words
    if ending is not None:
        words = "; ".join(filter(None, (ending.says, said)))
        return _result(ending.outcome, _with_login(preset, words), code)
    if preset.stream.format == "text" and code == 0:
        return _result("succeeded", story.last_words, code)
    how = "it ended without saying that it is done"
    if code is not None and code < 0:
        how = f"it was ended by signal {-code}"
    elif code:
        how = f"it ended with exit code {code}"
    outcome = "released" if code and story.blames_endpoint(story.notes) else "failed"
    return _result(outcome, _with_login(preset, f"{how}: {said}" if said else how), code)


def silent(story: Story, seconds: float) -> AgentResult:
    """Return the result of an agent that has said nothing for so long: without a first word, its endpoint does
    not answer.
    """
    if story.has_spoken:
        return _result("failed", f"it said nothing for {seconds:g} s, and was ended", None)
    return _result("released", f"it said nothing at all for {seconds:g} s: its model does not answer", None)


def _with_login(preset: Preset, text: str) -> str:
    return f"{text} ({preset.login})" if preset.login and _DENIED.search(text) else text


def _result(outcome: str, summary: str, code: int | None) -> AgentResult:
    return AgentResult(outcome=outcome, summary=summary, exit_code=code)
