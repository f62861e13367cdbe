"""From a model's text to an outline, or to what is wrong with it, with its path."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import attrs

from .outline import KINDS, Branch, Need, Outline

T = TypeVar("T")
_LONGEST_TEXT = 20_000
_LONGEST_KEY = 80
MOST = 5000
LONGEST_ANSWER = 2_000_000
DEEPEST = 6


class Malformed(Exception):
    """What is wrong with an answer, in words that its writer can act on."""


@attrs.frozen(kw_only=True)
class Addition:
    """A node to be put under another ("": at the top)."""

    under: str
    node: Branch


@attrs.frozen(kw_only=True)
class Changes:
    """Changes to an outline; see `outline.CHANGES`."""

    add: Sequence[Addition] = ()
    replace: Sequence[Branch] = ()
    remove: Sequence[str] = ()
    depend: Sequence[tuple[str, Sequence[str]]] = ()


def json_in(text: str) -> Mapping[str, Any]:
    """Return the JSON object in a model's answer, with or without words and fences around it.

    Raises:
        Malformed: there is none.
    """
    if len(text) > LONGEST_ANSWER:
        raise Malformed(f"the answer has {len(text)} characters; at most {LONGEST_ANSWER}")
    start = text.find("{")
    if start < 0:
        raise Malformed("the answer holds no JSON object" if text.strip() else "the answer is empty")
    try:
        data, _ = json.JSONDecoder(parse_constant=_no_constant).raw_decode(text, start)
    except (ValueError, RecursionError) as error:
        raise Malformed(f"the answer is no JSON: {error}") from error
    found: Mapping[str, Any] = data
    return found


def outline_of(data: Any) -> Outline:
    """Return a whole outline. Raises `Malformed`."""
    fields = _mapping(data, "the answer")
    return Outline(
        title=_text(fields.get("title", ""), "title", most=200),
        goal=_text(fields.get("goal", ""), "goal"),
        requirements=_each(fields, "requirements", _need),
        nodes=_nodes(fields),
    )


def nodes_of(data: Any) -> Sequence[Branch]:
    """Return the nodes of an answer that has them alone. Raises `Malformed`."""
    return _nodes(_mapping(data, "the answer"))


def changes_of(data: Any) -> Changes:
    """Return changes. Raises `Malformed`."""
    fields = _mapping(data, "the answer")

    def addition(value: Any, path: str) -> Addition:
        given = _mapping(value, path)
        return Addition(
            under=_text(given.get("under", ""), f"{path}.under", most=_LONGEST_KEY),
            node=_branch(given.get("node"), f"{path}.node", 1),
        )

    def dependency(value: Any, path: str) -> tuple[str, Sequence[str]]:
        given = _mapping(value, path)
        return _text(given.get("node"), f"{path}.node", most=_LONGEST_KEY), _texts(given, "needs", path)

    return Changes(
        add=_each(fields, "add", addition),
        replace=_each(fields, "replace", lambda value, path: _branch(value, path, 1)),
        remove=_texts(fields, "remove", ""),
        depend=_each(fields, "depend", dependency),
    )


def _nodes(fields: Mapping[str, Any]) -> Sequence[Branch]:
    nodes = _each(fields, "nodes", lambda value, path: _branch(value, path, 1))
    count = sum(1 for node in nodes for _ in walk(node))
    if count > MOST:
        raise Malformed(f"nodes: {count} of them; at most {MOST}")
    return nodes


def walk(node: Branch) -> Sequence[Branch]:
    """Return a node and all below it, parents first."""
    found = [node]
    for each in found:
        found.extend(each.children)
    return found


def _need(value: Any, path: str) -> Need:
    fields = _mapping(value, path)
    kind = _text(fields.get("kind"), f"{path}.kind", most=40)
    if kind not in KINDS:
        raise Malformed(f"{path}.kind: expected one of {', '.join(KINDS)}; got {kind!r}")
    lines = fields.get("lines")
    span: tuple[int, int] | None = None
    if lines:
        is_span = isinstance(lines, list) and all(type(line) is int for line in lines)
        if not is_span or len(lines) not in (1, 2) or not 1 <= lines[0] <= lines[-1]:
            raise Malformed(
                f"{path}.lines: expected the first and the last line, such as [3, 5]; got {lines!r:.80}"
            )
        span = (lines[0], lines[-1])
    return Need(
        id=_text(fields.get("id"), f"{path}.id", most=40, is_needed=True),
        kind=kind,
        text=_text(fields.get("text"), f"{path}.text", is_needed=True),
        lines=span,
    )


def _branch(value: Any, path: str, depth: int) -> Branch:
    fields = _mapping(value, path)
    if depth > DEEPEST:
        raise Malformed(f"{path}: a plan has at most {DEEPEST} levels")
    minutes = fields.get("minutes")
    if minutes is not None and (type(minutes) is not int or not 0 < minutes < 100_000):  # noqa: PLR2004 - the linter judges it
        raise Malformed(f"{path}.minutes: expected a whole number above 0; got {minutes!r:.40}")

    def assumption(given: Any, where: str) -> tuple[str, str]:
        words = _mapping(given, where)
        return _text(words.get("text"), f"{where}.text"), _text(
            words.get("rationale", ""), f"{where}.rationale"
        )

    return Branch(
        key=_text(fields.get("key"), f"{path}.key", most=_LONGEST_KEY, is_needed=True),
        title=_text(fields.get("title"), f"{path}.title", most=300, is_needed=True),
        description=_text(fields.get("description", ""), f"{path}.description"),
        children=_each(fields, "children", lambda child, where: _branch(child, where, depth + 1), path),
        minutes=minutes,
        serves=_texts(fields, "serves", path),
        checks=_texts(fields, "checks", path),
        owns=_texts(fields, "owns", path),
        needs=_texts(fields, "needs", path),
        labels=_texts(fields, "labels", path),
        assumptions=_each(fields, "assumptions", assumption, path),
    )


def _each(
    fields: Mapping[str, Any], name: str, decode: Callable[[Any, str], T], path: str = ""
) -> tuple[T, ...]:
    where = f"{path}.{name}" if path else name
    values = fields.get(name)
    if values is None:
        return ()
    if not isinstance(values, list) or len(values) > MOST:
        raise Malformed(f"{where}: expected a list of at most {MOST}; got {values!r:.80}")
    return tuple(decode(value, f"{where}[{index}]") for index, value in enumerate(values))


def _texts(fields: Mapping[str, Any], name: str, path: str) -> tuple[str, ...]:
    return _each(fields, name, lambda value, where: _text(value, where, most=2000), path)


def _mapping(value: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise Malformed(f"{path}: expected an object; got {value!r:.80}")
    return value


def _text(value: Any, path: str, *, most: int = _LONGEST_TEXT, is_needed: bool = False) -> str:
    if not isinstance(value, str):
        raise Malformed(f"{path}: expected a text; got {value!r:.80}")
    text = "".join(
        sign for sign in value if sign in "\n\t" or unicodedata.category(sign) not in ("Cc", "Cs", "Cf")
    )
    if is_needed and not text.strip():
        raise Malformed(f"{path}: is empty")
    if len(text) > most:
        raise Malformed(f"{path}: {len(text)} characters; at most {most}")
    return text.strip()


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")
