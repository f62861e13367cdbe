"""Operations that ask before they answer. They hold nothing: what they must remember is their `state`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from mosaic_hookspecs import Call

from .records import Asked, Asking, Messages
from .samples import model, person, roots, text

NAME = {"name": {"type": "string"}}
DEFAULTS = {
    "name": {"type": "string", "default": "John Doe"},
    "age": {"type": "integer", "default": 30},
    "score": {"type": "number", "default": 95.5},
    "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
    "verified": {"type": "boolean", "default": True},
}
_THREE = ["option1", "option2", "option3"]
_TITLED = [{"const": f"value{number}", "title": f"Option {number}"} for number in (1, 2, 3)]
ENUMS = {
    "untitledSingle": {"type": "string", "enum": _THREE},
    "titledSingle": {"type": "string", "oneOf": _TITLED},
    "legacyEnum": {
        "type": "string",
        "enum": ["opt1", "opt2", "opt3"],
        "enumNames": ["Option One", "Option Two", "Option Three"],
    },
    "untitledMulti": {"type": "array", "items": {"type": "string", "enum": _THREE}},
    "titledMulti": {"type": "array", "items": {"anyOf": _TITLED}},
}
USER = {
    "username": {"type": "string", "description": "User's response"},
    "email": {"type": "string", "description": "User's email address"},
}


def once(
    asks: Callable[[Asking], Mapping[str, Any]], words: Callable[[Mapping[str, Any]], str], state: str = ""
) -> Any:
    """Return a handler that asks once, again for what was not answered, and then says `words`."""

    async def handler(data: Asking, call: Call) -> Asked:
        asked = asks(data)
        missing = {key: ask for key, ask in asked.items() if not _is_answered(data.answers.get(key))}
        if missing:
            return Asked(asks=missing, state=state)
        return Asked(content=[text(words(data.answers))])

    return handler


def _is_answered(answer: Any) -> bool:
    return isinstance(answer, dict) and bool({"action", "content", "roots"} & set(answer))


async def two_rounds(data: Asking, call: Call) -> Asked:
    """Ask, and then ask again."""
    if data.state == "second" and "step2" in data.answers:
        return Asked(content=[text("Thank you.")])
    if data.state == "first" and "step1" in data.answers:
        question = person("Step 2: What is your favorite color?", {"color": {"type": "string"}}, "color")
        return Asked(asks={"step2": question}, state="second")
    return Asked(asks={"step1": person("Step 1: What is your name?", NAME, "name")}, state="first")


async def prompt(data: Asking, call: Call) -> Messages:
    """Ask what a prompt should be about."""
    answer = data.answers.get("user_context")
    if answer is None:
        question = person("What context should the prompt use?", {"context": {"type": "string"}}, "context")
        return Messages(asks={"user_context": question})
    words = text(f"Use this context: {json.dumps(answer.get('content'))}")
    return Messages(messages=[{"role": "user", "content": words}])


def _said(answer: Any) -> str:
    content = answer.get("content", {})
    return content.get("text", "") if isinstance(content, dict) else ""


def _outcome(words: str, key: str) -> Callable[[Mapping[str, Any]], str]:
    def said(answers: Mapping[str, Any]) -> str:
        answer = answers[key]
        return f"{words}: action={answer.get('action')}, content={json.dumps(answer.get('content'))}"

    return said


def _confirm(data: Asking) -> Mapping[str, Any]:
    return {"confirm": person("Please confirm", {"ok": {"type": "boolean"}}, "ok")}


HANDLERS: Mapping[str, Any] = {
    "test.sampling": once(
        lambda data: {"model": model(data.prompt)}, lambda a: f"LLM response: {_said(a['model'])}"
    ),
    "test.elicitation": once(
        lambda data: {"user": person(data.message, USER, "username", "email")},
        _outcome("User response", "user"),
    ),
    "test.elicitation_sep1034_defaults": once(
        lambda _: {"user": person("Please fill this in", DEFAULTS)},
        _outcome("Elicitation completed", "user"),
    ),
    "test.elicitation_sep1330_enums": once(
        lambda _: {"user": person("Please choose", ENUMS)}, _outcome("Elicitation completed", "user")
    ),
    "test.input_required_result_elicitation": once(
        lambda _: {"user_name": person("What is your name?", NAME, "name")},
        lambda a: f"Hello, {(a['user_name'].get('content') or {}).get('name', 'stranger')}!",
    ),
    "test.input_required_result_sampling": once(
        lambda _: {"capital_question": model("What is the capital of France?")},
        lambda a: _said(a["capital_question"]),
    ),
    "test.input_required_result_list_roots": once(
        lambda _: {"client_roots": roots()}, lambda a: json.dumps(a["client_roots"].get("roots"))
    ),
    "test.input_required_result_request_state": once(_confirm, lambda _: "state-ok", state="asked"),
    "test.input_required_result_tampered_state": once(_confirm, lambda _: "state-ok", state="asked"),
    "test.input_required_result_multiple_inputs": once(
        lambda _: {
            "user_name": person("What is your name?", NAME, "name"),
            "greeting": model("Generate a greeting", 50),
            "client_roots": roots(),
        },
        lambda a: json.dumps(sorted(a)),
        state="asked",
    ),
    "test.input_required_result_capabilities": once(
        lambda _: {"user_name": person("What is your name?", NAME, "name"), "greeting": model("Greet")},
        lambda a: json.dumps(sorted(a)),
    ),
    "test.missing_capability": once(lambda _: {"greeting": model("Greet")}, lambda a: _said(a["greeting"])),
    "test.streaming_elicitation": once(
        lambda _: {"user_name": person("What is your name?", NAME, "name")}, lambda _: "Thank you."
    ),
    "test.input_required_result_multi_round": two_rounds,
    "test.tool_with_task": once(
        lambda _: {"user_name": person("What is your name?", NAME, "name")},
        lambda a: f"Hello, {(a['user_name'].get('content') or {}).get('name', 'stranger')}!",
    ),
    "confirm.delete": once(
        lambda data: {
            "confirm": person(f"Delete {data.filename}?", {"confirm": {"type": "boolean"}}, "confirm")
        },
        lambda a: f"Asked: {a['confirm'].get('action')}.",
    ),
    "multi.input": once(
        lambda _: {
            "first": person("What is your name?", NAME, "name"),
            "second": person("What is your quest?", {"quest": {"type": "string"}}, "quest"),
        },
        lambda a: json.dumps(sorted(a)),
    ),
    "protocol.error_job": once(lambda _: {"roots": roots()}, lambda _: "no client of the suite has roots"),
}
