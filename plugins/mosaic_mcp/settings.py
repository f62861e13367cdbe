"""What the plugin is told by the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import attrs

_LOOPBACK = ("127.0.0.1", "::1")
WELL_KNOWN = "/.well-known/oauth-protected-resource"
"""Where RFC 9728 has the metadata of a protected resource, before the path of the resource."""


def _positive(_: object, attribute: Any, value: float) -> None:
    if value <= 0:
        raise ValueError(f"{attribute.name} must be above 0")


def _loopback(_: object, attribute: Any, value: str) -> None:
    if value and value not in _LOOPBACK:
        raise ValueError(f"{attribute.name} must be {' or '.join(_LOOPBACK)}: it has no encryption of its own")


def _path(_: object, attribute: Any, value: str) -> None:
    if not value.startswith("/") or value == "/" or "?" in value:
        raise ValueError(f"{attribute.name} must be a path such as /mcp")


def _port(_: object, attribute: Any, value: int | None) -> None:
    if value is not None and not 0 <= value < 2**16:
        raise ValueError(f"{attribute.name} must be a port, 0 to 65535")


@attrs.frozen(kw_only=True)
class ResourceEntry:
    """A resource that an operation answers: `uri` is its address, or a template whose ``{names}`` become the
    operation's input, besides `input`. `field` of the output is sent, all of it as JSON if that is empty.
    """

    uri: str
    operation: str
    name: str
    description: str = ""
    mime_type: str = "application/json"
    field: str = ""
    input: Mapping[str, Any] = attrs.field(factory=dict)


@attrs.frozen(kw_only=True)
class ArgumentEntry:
    """What a prompt asks for."""

    name: str
    description: str = ""
    required: bool = False


@attrs.frozen(kw_only=True)
class PromptEntry:
    """A prompt: `text`, in which ``{names}`` of its arguments are filled in; or the output of `operation`,
    which gets the arguments as its input, and whose output's field ``messages`` is sent.
    """

    name: str
    description: str = ""
    arguments: Sequence[ArgumentEntry] = ()
    text: str = ""
    operation: str = ""


@attrs.frozen(kw_only=True)
class Config:
    """What is offered, where, and within which limits."""

    tiers: Sequence[str] = attrs.field(
        default=("default",),
        metadata={
            "help": "Sets of tools to offer: default, steering, worker, agent, authoring, analytics, admin, or "
            "all."
        },
    )
    tools: Sequence[str] = attrs.field(default=(), metadata={"help": "Further operations to offer, by name."})
    agent_tools: Sequence[str] = attrs.field(
        default=(),
        metadata={"help": "Further operations to offer to the agent of an attempt, besides the tier agent."},
    )
    agent_permissions: Sequence[str] = attrs.field(
        default=(
            "task:read",
            "work:write",
            "message:read",
            "message:write",
            "file:read",
            "file:write",
        ),
        metadata={
            "help": "What the agent of an attempt may do, of its own task alone; what needs more is refused."
        },
    )
    loans: int = attrs.field(
        default=1024, validator=_positive, metadata={"help": "The most connections that are lent at once."}
    )
    confirm: Sequence[str] = attrs.field(
        default=("task.approve", "config.set"),
        metadata={
            "help": "Operations for which the person is asked through the client first; a client that cannot "
            "ask is refused them."
        },
    )
    background: Mapping[str, Literal["offered", "required", "after-asking"]] = attrs.field(
        factory=lambda: {"run.drive": "offered"},
        metadata={
            "help": "Operations that go on without their client, where it speaks MCP's tasks extension: "
            "offered, required (others are refused), or after-asking (when what they ask was answered)."
        },
    )
    background_seconds: float = attrs.field(
        default=86400.0, validator=_positive, metadata={"help": "How long such a call is kept."}
    )
    background_calls: int = attrs.field(
        default=256, validator=_positive, metadata={"help": "The most such calls that are kept."}
    )
    resources: Sequence[ResourceEntry] = attrs.field(
        default=(), metadata={"help": "Further resources, each answered by an operation."}
    )
    prompts: Sequence[PromptEntry] = attrs.field(default=(), metadata={"help": "Further prompts."})
    host: str = attrs.field(
        default="",
        validator=_loopback,
        metadata={"help": "Loopback address for a port of its own; empty: 127.0.0.1 if it has one."},
    )
    port: int | None = attrs.field(
        default=None,
        validator=_port,
        metadata={
            "help": "Port of its own to listen at; 0: one that is free. Without one it is on the port of the "
            "plugin http, or on one that is free where that does not serve."
        },
    )
    path: str = attrs.field(default="/mcp", validator=_path, metadata={"help": "Path of the endpoint."})
    token: bool = attrs.field(
        default=True,
        metadata={
            "help": "Ask for the bearer token in mcp/token of the state directory. Without it every program "
            "and every user of this machine may act as you."
        },
    )
    page: int = attrs.field(
        default=100, validator=_positive, metadata={"help": "The most that one page of a list holds."}
    )
    sessions: int = attrs.field(
        default=256, validator=_positive, metadata={"help": "Sessions at once, of clients that use them."}
    )
    session_seconds: float = attrs.field(
        default=1800.0, validator=_positive, metadata={"help": "How long a session may be unused."}
    )
    connections: int = attrs.field(
        default=256,
        validator=_positive,
        metadata={"help": "Connections at once to a port of its own; further ones are refused."},
    )
    body_bytes: int = attrs.field(
        default=4 * 2**20, validator=_positive, metadata={"help": "The longest request that is read."}
    )
    request_seconds: float = attrs.field(
        default=30.0, validator=_positive, metadata={"help": "How long a request may take to arrive."}
    )
    idle_seconds: float = attrs.field(
        default=120.0,
        validator=_positive,
        metadata={"help": "How long a connection may stay without a request."},
    )
    send_seconds: float = attrs.field(
        default=30.0, validator=_positive, metadata={"help": "How long a client may take to read an answer."}
    )
    join: str = attrs.field(
        default="",
        metadata={"help": "Directory of the control sockets of the system to speak for; `mosaic mcp` sets it."},
    )
    stdio: Sequence[int] = attrs.field(
        default=(),
        metadata={"help": "Descriptors to speak MCP on, to read and to write; `mosaic mcp` sets them."},
    )

    @property
    def wants_own_port(self) -> bool:
        """Whether it was told where to listen; what an agent's own `mosaic mcp` lends is never there."""
        return not self.stdio and (bool(self.host) or self.port is not None)
