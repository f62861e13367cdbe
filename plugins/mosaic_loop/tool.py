"""A tool as the loop holds it: what the model sees of it, and what it does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import attrs

from mosaic_hookspecs.models import ModelTool

from .arguments import Field, tool_of


@attrs.frozen(kw_only=True)
class Tool:
    """One tool. `act` takes the arguments and returns what the model gets to read, or raises `ToolFault` or
    `MosaicError`. `fields` are None where the arguments are checked by somebody else. `changes` says that
    it may change something, so that what was asked before may have another answer now.
    """

    definition: ModelTool
    act: Callable[[Mapping[str, Any]], Awaitable[str]]
    fields: Sequence[Field] | None = None
    changes: bool = False

    @property
    def name(self) -> str:
        """What the model calls it."""
        return self.definition.name


def own_tool(
    name: str,
    description: str,
    fields: Sequence[Field],
    act: Callable[[Mapping[str, Any]], Awaitable[str]],
    *,
    changes: bool = False,
) -> Tool:
    """Make a tool with arguments of our own."""
    return Tool(definition=tool_of(name, description, fields), act=act, fields=tuple(fields), changes=changes)


def bounded(text: str, most: int) -> str:
    """Return `text`, its middle left out where it is too long."""
    if len(text) <= most:
        return text
    head, tail = most * 2 // 3, most // 3
    missing = len(text) - head - tail
    return f"{text[:head]}\n[… {missing} characters left out …]\n{text[-tail:]}"
