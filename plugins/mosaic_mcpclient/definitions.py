"""What a server says of one tool: the words and schemas that a model would read, and their digest.

Refuses tools that nobody could review: names that are no names, two of one name, hidden characters where
they would be part of a call, and what is too long to be read.
"""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs import canonical_json, digest

from .neutral import count_hidden, neutral, neutral_data

_NAME = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_./-]{0,126}[A-Za-z0-9_])?\Z")
_PARTS = ("title", "description", "inputSchema", "outputSchema", "annotations")


@attrs.frozen(kw_only=True)
class Definition:
    """One tool as its server describes it, unchanged: MCP's own keys, and only those that describe."""

    name: str
    parts: Mapping[str, Any] = attrs.field(factory=dict)

    @property
    def digest(self) -> str:
        """The digest of the name and of every part."""
        return digest(self._canonical)

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return len(self._canonical)

    @property
    def description(self) -> str:
        """What a model is told of it, with nothing hidden."""
        return neutral(str(self.parts.get("description", "")))

    def schema(self, key: str) -> Mapping[str, Any]:
        """Return ``inputSchema``, ``outputSchema`` or ``annotations`` with nothing hidden."""
        found = neutral_data(self.parts.get(key) or {})
        return found if isinstance(found, Mapping) else {}

    def warnings(self) -> Sequence[str]:
        """Return what whoever reviews it should know before reading it."""
        hidden = sum(count_hidden(text) for text in _texts(self.parts))
        return [f"it holds hidden characters, shown here as ⟨…⟩: {hidden} of them"] if hidden else []

    def changed_parts(self, other: Definition) -> Sequence[str]:
        """Return the names of the parts in which the two differ."""
        return [key for key in _PARTS if self.parts.get(key) != other.parts.get(key)]

    def difference(self, other: Definition) -> str:
        """Return what `other` says differently, line by line, with nothing hidden."""
        lines = difflib.unified_diff(self._lines(), other._lines(), "approved", "now", lineterm="", n=2)
        return "\n".join(lines)

    @property
    def _canonical(self) -> bytes:
        return canonical_json({"name": self.name, **self.parts}).encode(errors="surrogatepass")

    def _lines(self) -> list[str]:
        rest = {key: value for key, value in self.parts.items() if key not in ("title", "description")}
        text = json.dumps(neutral_data(rest), indent=2, ensure_ascii=False, sort_keys=True)
        title = neutral(str(self.parts.get("title", "")))
        return [f"title: {title}", *self.description.split("\n"), *text.split("\n")]


@attrs.frozen(kw_only=True)
class Listing:
    """What a server offers: the tools that can be reviewed, and for the others why they cannot."""

    tools: Mapping[str, Definition] = attrs.field(factory=dict)
    refused: Mapping[str, str] = attrs.field(factory=dict)


def read_listing(tools: Sequence[Mapping[str, Any]], most_bytes: int) -> Listing:
    """Return the tools of a server; `tools` are as MCP writes them."""
    definitions = [_definition(tool) for tool in tools]
    alike = Counter(one.name.casefold() for one in definitions)
    found: dict[str, Definition] = {}
    refused: dict[str, str] = {}
    for one in definitions:
        reason = _fault(one, most_bytes)
        if alike[one.name.casefold()] > 1:
            reason = "several tools have this name, or names that differ in case alone"
        if reason:
            refused[neutral(one.name)[:120]] = reason
        else:
            found[one.name] = one
    return Listing(tools=found, refused=refused)


def _definition(tool: Mapping[str, Any]) -> Definition:
    parts = {key: tool[key] for key in _PARTS if tool.get(key) is not None}
    return Definition(name=str(tool["name"]), parts=parts)


def _fault(one: Definition, most_bytes: int) -> str:
    if not _NAME.match(one.name):
        return "its name has other characters than letters, digits and _ - . /, or more than 128"
    if one.size > most_bytes:
        return f"its description and schema have {one.size} bytes, more than {most_bytes}"
    if any(count_hidden(key) for key in _keys(one.parts)):
        return "a name in its schema holds hidden characters"
    return ""


def _keys(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield str(key)
            yield from _keys(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _keys(item)


def _texts(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
