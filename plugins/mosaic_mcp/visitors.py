"""Who sends a request, and so what is offered: the person, whose token opens everything, or the agent of one
attempt, to whom a connection was lent.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Protocol
from urllib.parse import parse_qs

from mosaic_hookspecs.context import Context

from .addresses import names_in
from .catalogue import Catalogue
from .lending.bounds import BOUND, addresses_of
from .lending.lent_system import READABLE, LentSystem
from .lending.loans import Attempt, Loans
from .settings import Config, ResourceEntry
from .system import System
from .tiers import AGENT
from .tools import OfferedTool, without_fields

ATTEMPT = "mosaic.attempt"
"""Where the scope of an HTTP request says for whose attempt it was let in."""


class Visitor(Protocol):
    """What one sender of requests is offered."""

    @property
    def key(self) -> Any:
        """What tells visitors apart who are offered other tools."""

    @property
    def system(self) -> System:
        """The system, as the visitor may use it."""

    @property
    def is_agent(self) -> bool:
        """Whether it is the agent of one attempt."""

    def tools(self) -> Sequence[OfferedTool]:
        """Return the tools, in order."""

    def find(self, name: str) -> OfferedTool | None:
        """Return a tool by its name; None if it is not offered."""

    def reads(self, entry: ResourceEntry) -> str | None:
        """Return the one address of a resource's kind that may be read; "" for every one, None for none."""


class Visitors:
    """Makes the visitors of one system. Without a context and loans nothing is lent."""

    def __init__(
        self,
        system: System,
        catalogue: Catalogue,
        config: Config,
        context: Context | None,
        loans: Loans | None,
    ) -> None:
        self._system = system
        self._catalogue = catalogue
        self._config = config
        self._context = context
        self._loans = loans
        self._person = PersonVisitor(system, catalogue, ())
        self._agents: dict[Attempt, AgentVisitor] = {}

    def of(self, attempt: Attempt | None, query: bytes = b"") -> Visitor:
        """Return who sends a request: for whose attempt it was let in, and with which query of the URL."""
        if attempt is not None and self._context is not None and self._loans is not None:
            return self._agent(self._context, self._loans, attempt)
        tiers = _tiers(query) if query else ()
        return PersonVisitor(self._system, self._catalogue, tiers) if tiers else self._person

    def of_request(self, request: Any) -> Visitor:
        """Return who sends a request, as the SDK hands it on; what comes over stdio is the person's."""
        scope = getattr(request, "scope", None)
        return self.of(scope.get(ATTEMPT), scope["query_string"]) if scope else self.of(None)

    def _agent(self, context: Context, loans: Loans, attempt: Attempt) -> AgentVisitor:
        found = self._agents.get(attempt)
        if found is None:
            if len(self._agents) >= self._config.loans:
                self._agents.clear()
            found = AgentVisitor(context, self._catalogue, self._config, attempt, loans)
            self._agents[attempt] = found
        return found


def _tiers(query: bytes) -> tuple[str, ...]:
    """Return the tiers that the URL opens for this connection."""
    values = parse_qs(query.decode("latin-1")).get("tiers", [])
    return tuple(name for name in values[-1].split(",") if name) if values else ()


class PersonVisitor:
    """Whoever has the person's token: what the configuration says, and the `tiers` that the URL opens."""

    is_agent = False

    def __init__(self, system: System, catalogue: Catalogue, tiers: tuple[str, ...]) -> None:
        self.system = system
        self.key = tiers
        self._catalogue = catalogue

    def tools(self) -> Sequence[OfferedTool]:
        """Return the tools, in order."""
        return self._catalogue.tools(self.key)

    def find(self, name: str) -> OfferedTool | None:
        """Return a tool by its name; None if it is not offered."""
        return self._catalogue.find(name, self.key)

    def reads(self, entry: ResourceEntry) -> str | None:
        """Return that every address may be read."""
        return ""


class AgentVisitor:
    """The agent of one attempt: the tools of its tier, without what would name another task."""

    is_agent = True

    def __init__(
        self, context: Context, catalogue: Catalogue, config: Config, attempt: Attempt, loans: Loans
    ) -> None:
        self.key = attempt
        self._catalogue = catalogue
        self._further = config.agent_tools
        self._addresses = addresses_of(attempt)
        self._edition = -1
        self._tools: dict[str, OfferedTool] = {}
        self.system: System = LentSystem(context, attempt, config.agent_permissions, self._fields, loans)

    def tools(self) -> Sequence[OfferedTool]:
        """Return the tools, in order."""
        return tuple(self._current().values())

    def find(self, name: str) -> OfferedTool | None:
        """Return a tool by its name; None if it is not offered."""
        return self._current().get(name)

    def reads(self, entry: ResourceEntry) -> str | None:
        """Return the address of the attempt's own task."""
        return self._addresses.get(entry.uri) if names_in(entry.uri) else None

    def _current(self) -> dict[str, OfferedTool]:
        if self._edition != self._catalogue.edition:
            self._edition = self._catalogue.edition
            there = self._catalogue.chosen((AGENT,), self._further)
            self._tools = {tool.name: without_fields(tool, BOUND) for tool in there}
        return self._tools

    def _fields(self, operation: str) -> Collection[str] | None:
        tool = self._catalogue.of(operation)
        if tool is None or not (operation in READABLE or tool.name in self._current()):
            return None
        return tool.fields
