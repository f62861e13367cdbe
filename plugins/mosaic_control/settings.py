"""How much the socket takes from its clients: all of it is bounded."""

from __future__ import annotations

from typing import Any

import attrs


def _positive(_: object, attribute: Any, value: float) -> None:
    if value <= 0:
        raise ValueError(f"{attribute.name} must be above 0")


@attrs.frozen(kw_only=True)
class Config:
    """The limits of the control socket."""

    connections: int = attrs.field(
        default=64, validator=_positive, metadata={"help": "Connections at once; further ones are refused."}
    )
    requests: int = attrs.field(
        default=32,
        validator=_positive,
        metadata={"help": "Requests in flight on one connection; further ones are refused."},
    )
    line_bytes: int = attrs.field(
        default=8 * 2**20, validator=_positive, metadata={"help": "The longest message that is read."}
    )
    line_seconds: float = attrs.field(
        default=30.0, validator=_positive, metadata={"help": "How long a message may take to arrive."}
    )
    send_seconds: float = attrs.field(
        default=30.0, validator=_positive, metadata={"help": "How long a client may take to read an answer."}
    )
    idle_seconds: float = attrs.field(
        default=300.0,
        validator=_positive,
        metadata={"help": "How long a connection may stay without a request in flight."},
    )
