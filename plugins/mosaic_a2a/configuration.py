"""What can be configured: which agents there are elsewhere, how Mosaic shows who it is, and its patience."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

_IS_POSITIVE: Any = attrs.validators.gt(0)


@attrs.frozen(kw_only=True)
class RemoteAgent:
    """An agent elsewhere."""

    url: str = attrs.field(
        metadata={"help": "Where it is, or its card. https, or http on this machine or with allow_plain."}
    )
    also: Sequence[str] = attrs.field(
        default=(), metadata={"help": "Other origins (https://host:port) that its card may point to."}
    )
    allow_plain: bool = attrs.field(
        default=False, metadata={"help": "Whether http may be used beyond this machine; everybody may listen."}
    )
    secret: str = attrs.field(
        default="", metadata={"help": "The variable of Mosaic's own environment that holds its credential."}
    )
    header: str = attrs.field(
        default="Authorization", metadata={"help": "The header in which the credential is sent."}
    )
    scheme: str = attrs.field(
        default="Bearer", metadata={"help": "What stands before the credential in that header; may be empty."}
    )
    ca_file: str = attrs.field(
        default="", metadata={"help": "Certificates to trust instead of the machine's, as a PEM file."}
    )
    labels: Sequence[str] = attrs.field(
        default=(), metadata={"help": "Take only tasks whose labels are among these; nothing: take any task."}
    )
    sends: Sequence[str] = attrs.field(
        default=(),
        metadata={"help": "Files of the workspace that it is sent, as patterns such as src/**/*.py."},
    )
    instructions: str = attrs.field(default="", metadata={"help": "What it is told at the end of every task."})
    at_once: int = attrs.field(
        default=4, validator=_IS_POSITIVE, metadata={"help": "How many tasks it is given at once."}
    )


@attrs.frozen(kw_only=True)
class Config:
    """Under ``plugins.a2a``."""

    agents: Mapping[str, RemoteAgent] = attrs.field(
        factory=dict, metadata={"help": "Agents elsewhere, each under a name of its own."}
    )
    connect_seconds: float = attrs.field(
        default=30.0, validator=_IS_POSITIVE, metadata={"help": "How long a connection may take."}
    )
    silence_seconds: float = attrs.field(
        default=900.0,
        validator=_IS_POSITIVE,
        metadata={"help": "How long an agent may say nothing before its task is cancelled."},
    )
    cancel_seconds: float = attrs.field(
        default=5.0,
        validator=_IS_POSITIVE,
        metadata={"help": "How long telling an agent that its task is cancelled may take."},
    )
    poll_seconds: float = attrs.field(
        default=5.0,
        validator=_IS_POSITIVE,
        metadata={"help": "How often an agent that cannot stream is asked how its task stands."},
    )
    reconnects: int = attrs.field(
        default=5,
        validator=attrs.validators.ge(0),
        metadata={"help": "How often a stream that broke off is taken up again."},
    )
    ask_seconds: float = attrs.field(
        default=3600.0,
        validator=attrs.validators.ge(0),
        metadata={"help": "How long a person may take to answer an agent's question. 0: nobody is asked."},
    )
    most_questions: int = attrs.field(
        default=5,
        validator=attrs.validators.ge(0),
        metadata={"help": "How many questions an agent may ask in one attempt."},
    )
    longest_answer: int = attrs.field(
        default=16 * 1024 * 1024,
        validator=_IS_POSITIVE,
        metadata={"help": "The most bytes of one answer, or of one event of a stream."},
    )
    largest_artifacts: int = attrs.field(
        default=32 * 1024 * 1024,
        validator=_IS_POSITIVE,
        metadata={"help": "The most bytes of all that an agent hands in for a task."},
    )
    largest_sent: int = attrs.field(
        default=2 * 1024 * 1024,
        validator=_IS_POSITIVE,
        metadata={"help": "The most bytes of files that are sent."},
    )
    longest_context: int = attrs.field(
        default=32 * 1024,
        validator=_IS_POSITIVE,
        metadata={"help": "The most bytes of context that an agent is given with a task."},
    )
