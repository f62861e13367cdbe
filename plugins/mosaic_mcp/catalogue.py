"""What is offered now: the tools of every operation, read anew whenever a plugin changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .settings import Config
from .system import System
from .tiers import chosen
from .tools import OfferedTool, offered


class Catalogue:
    """The operations of a system, as tools. `edition` is another number whenever they have changed."""

    def __init__(self, system: System, config: Config) -> None:
        self.edition = 0
        self._system = system
        self._config = config
        self._by_name: Mapping[str, OfferedTool] = {}
        self._usual: Sequence[OfferedTool] = ()
        self._usual_names: frozenset[str] = frozenset()
        self._of_operations: Mapping[str, OfferedTool] = {}

    async def refresh(self) -> bool:
        """Read the operations anew; return whether a tool has changed, come or gone."""
        found = await self._system.dispatch("operations.list", {})
        tools = [offered(view) for view in found["operations"]]
        before = self._of_operations
        self._of_operations = {tool.operation: tool for tool in tools}
        self._by_name = {tool.name: tool for tool in tools}
        self._usual = self.chosen(self._config.tiers, self._config.tools)
        self._usual_names = frozenset(tool.name for tool in self._usual)
        self.edition += before != self._of_operations
        return before != self._of_operations

    def has(self, operation: str) -> bool:
        """Whether there is such an operation now."""
        return operation in self._of_operations

    def of(self, operation: str) -> OfferedTool | None:
        """Return the tool of an operation, offered or not; None if there is no such operation now."""
        return self._of_operations.get(operation)

    def tools(self, further_tiers: Iterable[str] = ()) -> Sequence[OfferedTool]:
        """Return the tools that are offered, in the order of the tiers."""
        further = tuple(further_tiers)
        return self.chosen((*self._config.tiers, *further), self._config.tools) if further else self._usual

    def find(self, name: str, further_tiers: Iterable[str] = ()) -> OfferedTool | None:
        """Return a tool that is offered, by its name; None if there is none."""
        tool = self._by_name.get(name)
        if tool is None or name in self._usual_names:
            return tool
        further = tuple(further_tiers)
        return tool if further and tool in self.tools(further) else None

    def input_schema(self, name: str) -> Mapping[str, Any] | None:
        """Return the input schema of a tool, offered or not; None if there is none of that name."""
        tool = self._by_name.get(name)
        return None if tool is None else tool.wire["inputSchema"]

    def chosen(self, tiers: Iterable[str], further: Iterable[str]) -> list[OfferedTool]:
        """Return the tools of these tiers, and of further operations."""
        return [self._of_operations[name] for name in chosen(tiers, further, tuple(self._of_operations))]
