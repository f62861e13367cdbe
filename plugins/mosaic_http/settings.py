"""What the plugin is told by the configuration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import attrs

LOOPBACK = ("127.0.0.1", "::1")


def _positive(_: object, attribute: Any, value: float) -> None:
    if value <= 0:
        raise ValueError(f"{attribute.name} must be above 0")


def _port(_: object, attribute: Any, value: int) -> None:
    if not 0 <= value < 2**16:
        raise ValueError(f"{attribute.name} must be a port, 0 to 65535")


@attrs.frozen(kw_only=True)
class Config:
    """Where it is served, to whom, and within which limits."""

    host: str = attrs.field(
        default="127.0.0.1",
        metadata={"help": "Address to listen at; one that is not loopback needs tls_certificate and names."},
    )
    port: int = attrs.field(
        default=0,
        validator=_port,
        metadata={"help": "Port to listen at; 0: one that is free, if it can that of the last time."},
    )
    names: Sequence[str] = attrs.field(
        default=(),
        metadata={"help": "Host names by which this may be reached, besides those of loopback."},
    )
    tls_certificate: str = attrs.field(
        default="", metadata={"help": "File of the certificate and its chain (PEM); then HTTPS is served."}
    )
    tls_key: str = attrs.field(
        default="", metadata={"help": "File of the certificate's private key, if it is not in the same file."}
    )
    link_seconds: float = attrs.field(
        default=300.0, validator=_positive, metadata={"help": "How long a link that signs in is good."}
    )
    session_seconds: float = attrs.field(
        default=43200.0, validator=_positive, metadata={"help": "How long a browser stays signed in."}
    )
    sessions: int = attrs.field(
        default=64, validator=_positive, metadata={"help": "Browsers that are signed in at once."}
    )
    connections: int = attrs.field(
        default=1200, validator=_positive, metadata={"help": "Connections at once; further ones are refused."}
    )
    body_bytes: int = attrs.field(
        default=4 * 2**20, validator=_positive, metadata={"help": "The longest request body that is read."}
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
        default=30.0,
        validator=_positive,
        metadata={"help": "How long a client may take to read what was sent; then it is dropped."},
    )
    rate: float = attrs.field(
        default=2000.0,
        validator=_positive,
        metadata={"help": "Requests a second from one address, after a burst of twice as many."},
    )
    wrong_tokens: float = attrs.field(
        default=5.0,
        validator=_positive,
        metadata={"help": "Refused credentials a second from one address, after a burst of twice as many."},
    )
    heartbeat_seconds: float = attrs.field(
        default=15.0,
        validator=_positive,
        metadata={"help": "How often a live stream that is silent is told so."},
    )
    ring: int = attrs.field(
        default=4096, validator=_positive, metadata={"help": "Newest events kept in memory for live streams."}
    )
    subscriptions: int = attrs.field(
        default=32, validator=_positive, metadata={"help": "Subscriptions at once on one WebSocket."}
    )
    message_bytes: int = attrs.field(
        default=64 * 2**10, validator=_positive, metadata={"help": "The longest message on a WebSocket."}
    )
    operations: int = attrs.field(
        default=256,
        validator=_positive,
        metadata={"help": "Commands at once whose clients do not wait, and those of them that have ended."},
    )
    operation_seconds: float = attrs.field(
        default=3600.0,
        validator=_positive,
        metadata={"help": "How long it is told how such a command has ended."},
    )
    idempotency_seconds: float = attrs.field(
        default=86400.0,
        validator=_positive,
        metadata={"help": "How long the answer to an Idempotency-Key is kept."},
    )
