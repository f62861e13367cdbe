"""Words: states and identifiers as people read them."""

from __future__ import annotations

from typing import Any

_STATES = {
    "blocked": "waits for others",
    "gated": "needs approval",
    "delayed": "tries again soon",
    "leased": "being worked on",
    "reported": "being verified",
    "merging": "being published",
    "exhausted": "budget spent",
}


def state_word(state: Any) -> str:
    """Return a state in words."""
    return _STATES.get(str(state), str(state).replace("_", " "))


def short(text: Any, most: int = 12) -> str:
    """Return the beginning of an identifier or digest."""
    return str(text)[:most]


def words(text: Any) -> str:
    """Return a name in code, such as ``no_agent`` or ``no-agent``, as words."""
    return str(text).replace("_", " ").replace("-", " ")
