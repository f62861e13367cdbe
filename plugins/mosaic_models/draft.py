"""An answer while it comes in: pieces of text and of calls, put together to a reply.

Refuses to trust what it is given: arguments that are no JSON object become a call with a problem, and text that
could not be stored loses what stands in the way.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import attrs

from mosaic_hookspecs.data import JsonObject
from mosaic_hookspecs.models import ModelReply, ToolCall
from mosaic_hookspecs.tasks import Usage

_LONGEST_SHOWN = 200


@attrs.define
class CallDraft:
    """A call while it comes in."""

    id: str = ""
    name: str = ""
    arguments: list[str] = attrs.field(factory=list)


@attrs.define
class Draft:
    """What has come so far. `ending` is "" until the endpoint said why it stopped; `usage` is None until it
    said what was spent.
    """

    text: list[str] = attrs.field(factory=list)
    calls: dict[Any, CallDraft] = attrs.field(factory=dict)
    ending: str = ""
    model: str = ""
    usage: Usage | None = None
    is_over: bool = False

    def call(self, key: Any) -> CallDraft:
        """Return the call under this key, a new one at first."""
        return self.calls.setdefault(key, CallDraft())

    @property
    def said(self) -> str:
        """The text so far."""
        return "".join(self.text)

    def reply(self, usage: Usage) -> ModelReply:
        """Return what it amounts to."""
        calls = [_call(draft, place) for place, draft in enumerate(self.calls.values())]
        stopped = self.ending or "end"
        if stopped in {"end", "tools"}:
            stopped = "tools" if calls else "end"
        return ModelReply(
            text=storable(self.said),
            calls=_with_own_ids(calls),
            stopped=stopped,
            usage=usage,
            model=storable(self.model),
        )


def decode_json(text: str) -> Any:
    """Decode JSON that nobody vouches for; ValueError where it is none, and where it is made to do harm."""
    try:
        return json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def storable(text: str) -> str:
    """Return `text` without what cannot be written as UTF-8."""
    return text.encode("utf-8", "replace").decode("utf-8")


def text_of(value: Any) -> str:
    """Return `value` if it is text, else ""."""
    return value if isinstance(value, str) else ""


def count_of(value: Any) -> int:
    """Return `value` if it can be a number of tokens, else 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def mapping_of(value: Any) -> Mapping[str, Any]:
    """Return `value` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def _call(draft: CallDraft, place: int) -> ToolCall:
    text = "".join(draft.arguments).strip()
    arguments: JsonObject = {}
    problem = ""
    try:
        found = decode_json(text) if text else {}
        if isinstance(found, dict):
            arguments = _storable_data(found)
        else:
            problem = f"the arguments are no JSON object: {storable(text)[:_LONGEST_SHOWN]}"
    except ValueError as error:
        problem = f"the arguments are no JSON ({error}): {storable(text)[:_LONGEST_SHOWN]}"
    name = storable(draft.name)
    return ToolCall(
        id=storable(draft.id) or f"call-{place + 1}", name=name, arguments=arguments, problem=problem
    )


def _with_own_ids(calls: list[ToolCall]) -> tuple[ToolCall, ...]:
    seen: set[str] = set()
    found = []
    for place, call in enumerate(calls):
        own = f"{call.id}-{place + 1}" if call.id in seen else call.id
        seen.add(own)
        found.append(attrs.evolve(call, id=own))
    return tuple(found)


def _storable_data(value: Any) -> Any:
    # Only text with surrogates has to change, which is rare: looking for it in one pass is cheap.
    text = json.dumps(value, ensure_ascii=False)
    return value if text.isascii() or storable(text) == text else json.loads(storable(text))


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")
