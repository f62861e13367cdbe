"""Decisions that are the person's: before such a tool is carried out, the person is asked through the client.

Nothing that a model says stands for the person's word: where the client cannot ask, the tool is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mosaic_hookspecs.errors import Denied

from .asking import Carry, is_asking
from .tools import ANSWERS, ASKS, STATE

_KEY = "mosaic_confirm"
_SAID = "confirm"
_ASKED = "mosaic-confirm"
_AGREED = "mosaic-agreed:"


def confirmed(carry: Carry, operation: str, arguments: Mapping[str, Any]) -> Carry:
    """Return `carry`, made to ask the person first."""

    async def first(given: Mapping[str, Any]) -> Any:
        state = str(given.get(STATE) or "")
        if state.startswith(_AGREED):
            given = {**given, STATE: state.removeprefix(_AGREED)}
        elif state == _ASKED and _KEY in (given.get(ANSWERS) or {}):
            _require_yes(given[ANSWERS][_KEY], operation)
            given = {}
        else:
            return _question(operation, arguments)
        output = await carry(given)
        # The tool asks something of its own: what was agreed to stays so.
        return {**output, STATE: f"{_AGREED}{output.get(STATE, '')}"} if is_asking(output) else output

    return first


def cannot_ask(operation: str) -> Denied:
    """Return the error for a client that cannot ask the person."""
    return Denied(
        "needs-person",
        f"{operation} is the person's decision, and this client cannot ask for it",
        expected="a client with the capability elicitation",
        hint="Ask the person to do it with the command line, such as `mosaic approve`.",
    )


def _question(operation: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    about = ", ".join(f"{name} {value!r}" for name, value in arguments.items())
    schema = {
        "type": "object",
        "properties": {_SAID: {"type": "boolean", "title": "Yes, do it", "default": False}},
        "required": [_SAID],
    }
    message = f"The agent wants to call {operation} with {about or 'nothing'}."
    params = {"message": message, "requestedSchema": schema}
    return {ASKS: {_KEY: {"method": "elicitation/create", "params": params}}, STATE: _ASKED}


def _require_yes(answer: Mapping[str, Any], operation: str) -> None:
    content = answer.get("content")
    if answer.get("action") != "accept" or not isinstance(content, dict) or content.get(_SAID) is not True:
        raise Denied(
            "not-confirmed",
            f"the person did not agree to {operation}",
            got=str(answer.get("action")),
            hint="Leave it; ask the person in words what to do instead.",
        )
