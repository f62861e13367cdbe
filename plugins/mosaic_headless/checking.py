"""Checks of a preset what no type says: its placeholders, its conditions, how the prompt gets there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mosaic_hookspecs.errors import InputError

from .document import Node
from .paths import MATCHES
from .preset import Preset, Rule
from .templates import LENT_NAMES, NAMES, SECRET_NAMES, placeholders

_TEMPLATES = ("argv", "model", "turns", "money", "environment", "files")


def check(preset: Preset, node: Node) -> None:
    """Check a preset that was decoded from `node`.

    Raises:
        InputError: something in it makes no sense; located.
    """
    for key in _TEMPLATES:
        _require_known(node.at(key), NAMES)
    _require_known(node.at("mcp"), NAMES | LENT_NAMES)
    for way in ("http", "stdio"):
        _refuse_secrets(node.at("mcp", way, "argv"))
    takes_prompt = any("{prompt}" in str(part) for part in preset.argv)
    if takes_prompt is (preset.prompt == "stdin"):
        raise InputError(
            "bad-preset",
            "the prompt must reach the agent one way",
            where=(node.at("prompt") or node.at("argv") or node).where,
            expected="`prompt: stdin`, or {prompt} in argv",
            got="both" if takes_prompt else "neither",
        )
    rules = node.at("stream", "rules")
    for place, rule in zip(rules.elements() if rules else (), preset.stream.rules, strict=True):
        _check_rule(rule, place)


def _require_known(node: Node | None, known: frozenset[str]) -> None:
    for scalar in _scalars(node):
        for name in placeholders(scalar.value):
            if name not in known:
                raise InputError(
                    "unknown-placeholder",
                    f"there is no placeholder {{{name}}} here",
                    where=scalar.where,
                    expected=", ".join(f"{{{one}}}" for one in sorted(known)),
                )


def _refuse_secrets(node: Node | None) -> None:
    for scalar in _scalars(node):
        for name in placeholders(scalar.value):
            if name in SECRET_NAMES:
                raise InputError(
                    "secret-in-arguments",
                    f"{{{name}}} holds a secret, and every user of a machine may read a program's arguments",
                    where=scalar.where,
                    expected="it in `environment` or `files`",
                )


def _scalars(node: Node | None) -> Iterator[Node]:
    if node is None:
        return
    if isinstance(node.value, str):
        yield node
    for child in node.elements():
        yield from _scalars(child)


def _check_rule(rule: Rule, node: Node) -> None:
    if not any((rule.says, rule.tool, rule.answer, rule.turn, rule.usage, rule.done, rule.error)):
        what = "the rule says nothing of its lines"
        raise InputError("bad-rule", what, where=node.where, expected="says, tool, usage, done, error …")
    for key in ("when", "where"):
        conditions = node.at(key)
        for condition in conditions.elements() if conditions else ():
            _check_condition(condition)


def _check_condition(node: Node) -> None:
    if not isinstance(node.value, dict):
        return
    pattern = node.at(MATCHES)
    if pattern is None or len(node.value) > 1:
        what = "a condition is a value, a list, or `matches`"
        raise InputError("bad-condition", what, where=node.where, got=", ".join(node.value))
    try:
        re.compile(str(pattern.value))
    except re.error as error:
        what = "this is no regular expression"
        raise InputError("bad-pattern", what, where=pattern.where, got=str(error)) from None
