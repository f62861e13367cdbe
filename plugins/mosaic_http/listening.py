"""The listening socket, which the generations of this plugin hand on to one another, and its TLS."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mosaic_hookspecs.errors import InputError, Unavailable
from mosaic_hookspecs.hooks import State

from .settings import Config

VERSION = 1
_BACKLOG = 512
_RESOURCE = "listener"
CALLS = "calls"
"""The calls that last: plain values, which both generations look at and change."""


def tls_of(config: Config, directory: Path) -> ssl.SSLContext | None:
    """Return the context of TLS; None if none is configured.

    Raises:
        InputError: the files are none of a certificate and its key (code ``bad-certificate``).
    """
    if not config.tls_certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    certificate = directory / config.tls_certificate
    key = directory / config.tls_key if config.tls_key else None
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise InputError(
            "bad-certificate",
            "the certificate cannot be used",
            where="plugins.http.tls_certificate",
            expected="files of a certificate and its private key (PEM)",
            got=str(error),
        ) from None
    return context


def listen(config: Config) -> socket.socket:
    """Listen where the configuration says.

    Raises:
        Unavailable: somebody else does (code ``port-taken``), or it is not allowed.
    """
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setblocking(False)
        made.bind((config.host, config.port))
        made.listen(_BACKLOG)
    except OSError as error:
        made.close()
        raise Unavailable(
            "port-taken",
            "Mosaic cannot be served over HTTP",
            where=f"{config.host}:{config.port}",
            got=error.strerror or str(error),
            hint="Set plugins.http.port to another port, or to 0 for one that is free.",
        ) from None
    return made


def shared(listener: socket.socket, config: Config, calls: dict[str, Any], more: Mapping[str, Any]) -> State:
    """Return what the next generation needs to listen there too, the calls that last, and `more` data."""
    place = {"host": config.host, "port": config.port}
    resources = {_RESOURCE: listener.dup(), CALLS: calls}
    return State(version=VERSION, data={**more, "place": place}, resources=resources)


def taken_over(state: State, config: Config) -> socket.socket | None:
    """Return the socket of the generation before; None if the configuration says another place now."""
    listener: socket.socket = state.resources[_RESOURCE]
    if state.data["place"] != {"host": config.host, "port": config.port}:
        listener.close()
        return None
    return listener
