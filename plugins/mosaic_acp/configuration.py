"""What can be configured: which agents there are, how each is started, and what each may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from .limits import Limit
from .permissions import Permissions

_IS_POSITIVE: Any = attrs.validators.gt(0)


@attrs.frozen(kw_only=True)
class AgentSettings:
    """An agent that speaks ACP on its standard input and output."""

    preset: str = attrs.field(
        default="",
        metadata={
            "help": "A known agent to begin with; nothing: that of the agent's own name, if there is one."
        },
    )
    command: Sequence[str] = attrs.field(
        default=(), metadata={"help": "The program and its arguments; nothing: the preset's."}
    )
    environment: Mapping[str, str] = attrs.field(
        factory=dict, metadata={"help": "Variables that it gets, on top of the preset's."}
    )
    inherit: Sequence[str] = attrs.field(
        default=(),
        metadata={"help": "Variables that it gets from Mosaic's own environment, on top of the preset's."},
    )
    labels: Sequence[str] = attrs.field(
        default=(), metadata={"help": "Take only tasks whose labels are among these; nothing: take any task."}
    )
    mode: str = attrs.field(
        default="", metadata={"help": "The session's mode, by the agent's own name for it."}
    )
    model: str = attrs.field(default="", metadata={"help": "The model, by the agent's own name for it."})
    authenticate: str = attrs.field(
        default="", metadata={"help": "The agent's method of authentication, where it asks for one."}
    )
    instructions: str = attrs.field(
        default="", metadata={"help": "What it is told at the end of every prompt."}
    )
    permissions: Permissions = attrs.field(
        factory=Permissions, metadata={"help": "What it may do without asking."}
    )
    limit: Limit = attrs.field(factory=Limit, metadata={"help": "What one attempt of it may spend."})
    subscription: bool = attrs.field(
        default=False,
        metadata={"help": "Whether it is paid for otherwise: what it says it costs is not counted."},
    )
    resume: bool = attrs.field(
        default=False,
        metadata={"help": "Go on in the session of the attempt before, where it fits and the agent can."},
    )
    trusts_repository: bool = attrs.field(
        default=False,
        metadata={
            "help": "Whether it may start where the repository holds configuration that it would obey: "
            "servers, hooks, endpoints, code."
        },
    )
    read_files: bool | None = attrs.field(
        default=None,
        metadata={"help": "Whether it is offered to read files through Mosaic; nothing: as the preset."},
    )
    write_files: bool | None = attrs.field(
        default=None,
        metadata={"help": "Whether it is offered to write files through Mosaic; nothing: as the preset."},
    )
    terminal: bool | None = attrs.field(
        default=None,
        metadata={"help": "Whether it is offered to run commands through Mosaic; nothing: as the preset."},
    )


@attrs.frozen(kw_only=True)
class Config:
    """Under ``plugins.acp``."""

    agents: Mapping[str, AgentSettings] = attrs.field(
        factory=dict, metadata={"help": "Agents, each under a name of its own."}
    )
    start_seconds: float = attrs.field(
        default=120.0,
        validator=_IS_POSITIVE,
        metadata={"help": "How long an agent may take until its session is open."},
    )
    silence_seconds: float = attrs.field(
        default=900.0,
        validator=_IS_POSITIVE,
        metadata={"help": "How long an agent may be silent before it counts as hung, and is ended."},
    )
    cancel_seconds: float = attrs.field(
        default=2.0,
        validator=_IS_POSITIVE,
        metadata={
            "help": "How long a cancelled agent may take to say its last before its processes are ended."
        },
    )
    longest_message: int = attrs.field(
        default=16 * 1024 * 1024,
        validator=_IS_POSITIVE,
        metadata={"help": "The most bytes that one message of an agent may have."},
    )
    longest_file: int = attrs.field(
        default=4 * 1024 * 1024,
        validator=_IS_POSITIVE,
        metadata={"help": "The most bytes that are read or written for an agent at once."},
    )
    longest_output: int = attrs.field(
        default=256 * 1024,
        validator=_IS_POSITIVE,
        metadata={"help": "The most bytes of a command's output that are kept for an agent."},
    )
    longest_context: int = attrs.field(
        default=32 * 1024,
        validator=_IS_POSITIVE,
        metadata={"help": "The most bytes of context that an agent is given with a task."},
    )
