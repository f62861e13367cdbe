"""Fills the placeholders of presets: ``{prompt}``, ``{url|json}``; data becomes JSON.

``|json`` and ``|toml`` write a value as a literal of that language. What was put in is not searched again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

OPTIONS = "{options}"
_PLACEHOLDER = re.compile(r"\{([a-z_]+)(?:\|(json|toml))?\}")
NAMES = frozenset({"prompt", "model", "workspace", "run_id", "task_id", "turns", "money", "options"})
LENT_NAMES = frozenset(
    {"url", "bearer", "command", "command_line", "program", "program_arguments", "variables"}
)

SECRET_NAMES = frozenset({"bearer", "variables"})


def fill(template: Any, values: Mapping[str, Any]) -> str:
    """Return a template as text: a text with its placeholders filled, anything else as JSON."""
    filled = fill_data(template, values)
    return filled if isinstance(filled, str) else json.dumps(filled)


def fill_data(template: Any, values: Mapping[str, Any]) -> Any:
    """Return data with its texts filled. A text that is one placeholder alone becomes the value itself."""
    if isinstance(template, str):
        alone = _PLACEHOLDER.fullmatch(template)
        if alone is not None and alone[2] is None and alone[1] in values:
            return values[alone[1]]
        return _PLACEHOLDER.sub(lambda match: _written(match, values), template)
    if isinstance(template, Mapping):
        return {key: fill_data(value, values) for key, value in template.items()}
    if isinstance(template, list | tuple):
        return [fill_data(value, values) for value in template]
    return template


def _written(match: re.Match[str], values: Mapping[str, Any]) -> str:
    if match[1] not in values:
        return match[0]
    value = values[match[1]]
    if match[2] == "toml":
        return _toml(value)
    if match[2] == "json":
        return json.dumps(value)
    return value if isinstance(value, str) else json.dumps(value)


def _toml(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_toml, value)) + "]"
    # A basic string of TOML is written as JSON writes it, but for characters beyond the first plane.
    return json.dumps(value, ensure_ascii=False)


def placeholders(text: str) -> Sequence[str]:
    """Return the names of the placeholders in a text."""
    return [match[1] for match in _PLACEHOLDER.finditer(text)]
