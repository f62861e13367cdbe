"""What can be configured: agents over a model, and reviewers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import attrs

from mosaic_hookspecs.errors import InputError

ANY_COMMAND = "*"
_positive = attrs.validators.gt(0.0)
_count = attrs.validators.ge(1)
_name: Any = attrs.validators.min_len(1)


@attrs.frozen(kw_only=True)
class AgentSettings:
    """An agent: a model that works in a loop, with tools that are confined to the workspace."""

    model: str = attrs.field(
        validator=_name, metadata={"help": "The model that it is: a name under plugins.models.endpoints."}
    )
    model_name: str = attrs.field(
        default="", metadata={"help": "Which model that endpoint is asked for; unset: its own."}
    )
    labels: Sequence[str] = attrs.field(
        default=(), metadata={"help": "Take only tasks whose labels are among these; nothing: take any task."}
    )
    room: int | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(_count),
        metadata={"help": "How many tasks it does at once; unset: as many as there are slots."},
    )
    max_turns: int = attrs.field(
        default=60, validator=_count, metadata={"help": "How often it may ask its model in one attempt."}
    )
    max_tokens: int | None = attrs.field(
        default=None,
        validator=attrs.validators.optional(_count),
        metadata={"help": "The most tokens, in and out, that one attempt may spend; unset: the run's budget."},
    )
    answer_tokens: int = attrs.field(
        default=8192, validator=_count, metadata={"help": "How long one answer of the model may be, in tokens."}
    )
    context_tokens: int = attrs.field(
        default=100_000,
        validator=attrs.validators.ge(2000),
        metadata={"help": "How long the conversation may get before the oldest of it is left out, in tokens."},
    )
    temperature: float | None = attrs.field(default=None, metadata={"help": "Unset: the endpoint's own."})
    commands: Sequence[str] = attrs.field(
        default=(),
        metadata={
            "help": "What it may run: beginnings of commands, such as pytest or npm test; * is anything, by a "
            "shell. Nothing: it runs nothing."
        },
    )
    denied: Sequence[str] = attrs.field(
        default=("git commit", "git push", "sudo"),
        metadata={"help": "Beginnings of commands that it may not run, though `commands` allows them."},
    )
    command_seconds: float = attrs.field(
        default=300.0, validator=_positive, metadata={"help": "How long one command may take."}
    )
    search_seconds: float = attrs.field(
        default=20.0, validator=_positive, metadata={"help": "How long one search may take."}
    )
    patience_seconds: float = attrs.field(
        default=120.0,
        validator=attrs.validators.ge(0.0),
        metadata={"help": "How long it waits for a model that is overloaded before it gives the task back."},
    )
    servers: Sequence[str] = attrs.field(
        default=(), metadata={"help": "External MCP servers (plugins.mcpclient) whose tools it may use."}
    )
    permissions: Sequence[str] = attrs.field(
        default=("task:read", "message:read", "message:write"),
        metadata={"help": "What it may do in Mosaic itself: read its task, and read and write messages."},
    )
    context_bytes: int = attrs.field(
        default=24 * 1024,
        validator=[attrs.validators.ge(1024), attrs.validators.le(1024 * 1024)],
        metadata={"help": "How much it is told of its task to begin with."},
    )
    instructions: str = attrs.field(default="", metadata={"help": "What it is told besides, in every attempt."})


@attrs.frozen(kw_only=True)
class ReviewerSettings:
    """A model that reads what an attempt changed, for checks of the kind ``review``. It has no tools."""

    model: str = attrs.field(
        validator=_name, metadata={"help": "The model that it is: a name under plugins.models.endpoints."}
    )
    model_name: str = attrs.field(
        default="", metadata={"help": "Which model that endpoint is asked for; unset: its own."}
    )
    severity: Literal["note", "warning", "error", "never"] = attrs.field(
        default="error",
        metadata={"help": "The least severity of a finding that refuses the work; never: it only advises."},
    )
    checklist: Sequence[str] = attrs.field(
        default=(), metadata={"help": "What it looks at besides what the task asks for."}
    )
    max_bytes: int = attrs.field(
        default=200_000,
        validator=attrs.validators.ge(1000),
        metadata={"help": "How much of a change it reads; of a larger one it says so, as an error."},
    )
    answer_tokens: int = attrs.field(
        default=8192, validator=_count, metadata={"help": "How long its answer may be, in tokens."}
    )
    patience_seconds: float = attrs.field(
        default=60.0,
        validator=attrs.validators.ge(0.0),
        metadata={"help": "How long it waits for a model that is overloaded."},
    )


@attrs.frozen(kw_only=True)
class Config:
    """Under ``plugins.loop``."""

    agents: Mapping[str, AgentSettings] = attrs.field(
        factory=dict, metadata={"help": "The agents, each under the name by which tasks and people call it."}
    )
    reviewers: Mapping[str, ReviewerSettings] = attrs.field(
        factory=dict, metadata={"help": "The reviewers, each under a name of its own."}
    )

    def require_sense(self) -> None:
        """Refuse names that would be another's.

        Raises:
            InputError: an agent is called like a runner of checks (code ``bad-name``).
        """
        for name in self.agents:
            if not name or ":" in name:
                raise InputError(
                    "bad-name",
                    "an agent cannot have this name",
                    where="plugins.loop.agents",
                    expected="a name without :",
                    got=repr(name),
                )
