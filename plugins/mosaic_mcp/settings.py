"""What the plugin is told by the configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import attrs

WELL_KNOWN = "/.well-known/oauth-protected-resource"
"""Where RFC 9728 has the metadata of a protected resource, before the path of the resource."""


def _positive(_: object, attribute: Any, value: float) -> None:
    if value <= 0:
        raise ValueError(f"{attribute.name} must be above 0")


def _path(_: object, attribute: Any, value: str) -> None:
    if not value.startswith("/") or value == "/" or "?" in value:
        raise ValueError(f"{attribute.name} must be a path such as /mcp")


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
    path: str = attrs.field(
        default="/mcp",
        validator=_path,
        metadata={"help": "Path of the endpoint, on the port of the plugin http."},
    )
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
    body_bytes: int = attrs.field(
        default=4 * 2**20, validator=_positive, metadata={"help": "The longest request that is read."}
    )
    join: str = attrs.field(
        default="",
        metadata={"help": "Directory of the control sockets of the system to speak for; `mosaic mcp` sets it."},
    )
    stdio: Sequence[int] = attrs.field(
        default=(),
        metadata={"help": "Descriptors to speak MCP on, to read and to write; `mosaic mcp` sets them."},
    )
