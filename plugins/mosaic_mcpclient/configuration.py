"""Which external MCP servers there are, what of them may be used, and within which limits.

Refuses an entry that is neither a program nor an address, and headers that would travel in the clear.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Literal
from urllib.parse import urlsplit

import attrs

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}\Z")
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def _positive(_: object, attribute: Any, value: float) -> None:
    if value <= 0:
        raise ValueError(f"{attribute.name} must be above 0")


def _not_negative(_: object, attribute: Any, value: float) -> None:
    if value < 0:
        raise ValueError(f"{attribute.name} must be 0 or more")


def _address(_: object, attribute: Any, value: str) -> None:
    if not value:
        return
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("an address begins with http:// or https://")
    if parts.username is not None or parts.password is not None:
        raise ValueError("credentials belong in headers, such as Authorization: Bearer ${NAME}")


def _templates(_: object, attribute: Any, value: Mapping[str, str]) -> None:
    for text in value.values():
        if not string.Template(text).is_valid():
            raise ValueError("a header has a stray $: write ${NAME} for a variable, and $$ for $")


@attrs.frozen(kw_only=True)
class ServerEntry:
    """One external MCP server: a program (`command`), or an address (`url`)."""

    command: Sequence[str] = attrs.field(
        default=(), metadata={"help": "The program and its arguments, to speak with over its stdin and stdout."}
    )
    url: str = attrs.field(
        default="", validator=_address, metadata={"help": "The address of its Streamable HTTP endpoint."}
    )
    environment: Mapping[str, str] = attrs.field(
        factory=dict, metadata={"help": "Variables that the program gets."}
    )
    inherit: Sequence[str] = attrs.field(
        default=(),
        metadata={
            "help": "Variables that the program gets as they are in Mosaic's own environment; of others it "
            "gets only PATH, HOME, LANG and TMPDIR."
        },
    )
    headers: Mapping[str, str] = attrs.field(
        factory=dict,
        validator=_templates,
        metadata={"help": "Headers of every request; ${NAME} is filled in from Mosaic's own environment."},
    )
    protocol: Literal["auto", "legacy", "2026-07-28"] = attrs.field(
        default="auto",
        metadata={
            "help": "Which revision to speak: auto asks the server; legacy is the handshake of before "
            "2026-07-28."
        },
    )
    allow: Sequence[str] = attrs.field(
        default=("*",), metadata={"help": "Patterns of the names of tools that may be used, such as read_*."}
    )
    deny: Sequence[str] = attrs.field(
        default=(), metadata={"help": "Patterns of tools that may not, whatever allow says."}
    )
    agents: Sequence[str] = attrs.field(
        default=("*",), metadata={"help": "Patterns of the names of agents that may use it."}
    )
    trust: Literal["approval", "first-use"] = attrs.field(
        default="approval",
        metadata={
            "help": "approval: a person approves each tool before it is used; first-use: what the server "
            "offers when it is first seen is approved, and later tools and changes are not."
        },
    )
    seconds: float = attrs.field(
        default=60.0, validator=_positive, metadata={"help": "How long one call may take."}
    )
    start_seconds: float = attrs.field(
        default=30.0, validator=_positive, metadata={"help": "How long it may take to start, or to connect."}
    )
    idle_seconds: float = attrs.field(
        default=300.0,
        validator=_positive,
        metadata={"help": "How long it is kept when nobody uses it; the next call starts it again."},
    )

    def __attrs_post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if bool(self.command) == bool(self.url):
            raise ValueError("a server is either a command or a url")
        if self.url and (self.environment or self.inherit):
            raise ValueError("environment and inherit belong to a command; a url has headers")
        if self.command and self.headers:
            raise ValueError("headers belong to a url; a command has an environment")
        parts = urlsplit(self.url)
        if self.headers and parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise ValueError("headers would travel in the clear: use https")

    def permits(self, tool: str) -> bool:
        """Whether `allow` and `deny` let a tool be used."""
        return _is_among(tool, self.allow) and not _is_among(tool, self.deny)

    def serves(self, agent: str) -> bool:
        """Whether an agent of this name may use the server."""
        return _is_among(agent, self.agents)


def _is_among(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _named(_: object, attribute: Any, value: Mapping[str, ServerEntry]) -> None:
    for name in value:
        if not _NAME.match(name):
            raise ValueError(f"{name[:60]!r} cannot be a server's name: lower-case letters, digits, - and _")


@attrs.frozen(kw_only=True)
class Config:
    """Under ``plugins.mcpclient``."""

    servers: Mapping[str, ServerEntry] = attrs.field(
        factory=dict, validator=_named, metadata={"help": "The external MCP servers, each under a name."}
    )
    listing_seconds: float = attrs.field(
        default=30.0,
        validator=_not_negative,
        metadata={
            "help": "How old the list of a server's tools may be when one is called; 0: it is asked for "
            "before every call."
        },
    )
    restarts: int = attrs.field(
        default=3,
        validator=_not_negative,
        metadata={"help": "How often a server that failed is started again within the restart window."},
    )
    restart_window_seconds: float = attrs.field(
        default=300.0, validator=_positive, metadata={"help": "The time over which failures are counted."}
    )
    end_seconds: float = attrs.field(
        default=2.0,
        validator=_positive,
        metadata={"help": "How long a program has to end by itself, before it is terminated, then killed."},
    )
    tools: int = attrs.field(
        default=200, validator=_positive, metadata={"help": "The most tools that one server may have."}
    )
    definition_bytes: int = attrs.field(
        default=16 * 1024,
        validator=_positive,
        metadata={"help": "The longest description with schema that a tool may have; longer ones are refused."},
    )
    message_bytes: int = attrs.field(
        default=4 * 2**20, validator=_positive, metadata={"help": "The longest message of a server."}
    )
    messages_per_second: int = attrs.field(
        default=2000,
        validator=_positive,
        metadata={
            "help": "The most messages that a program may send in a second; it is ended if it sends more."
        },
    )
    result_bytes: int = attrs.field(
        default=256 * 1024,
        validator=_positive,
        metadata={"help": "How much of a tool's result is passed on; the rest is cut."},
    )
