"""The listening sockets, which the generations of this plugin hand on to one another, and their TLS."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs

from mosaic_hookspecs.errors import InputError, Unavailable
from mosaic_hookspecs.hooks import State

from .settings import LOOPBACK, Config

VERSION = 1
_BACKLOG = 512
_RESOURCE, _NEAR = "listener", "near"
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


def listen(host: str, port: int) -> socket.socket:
    """Listen there.

    Raises:
        Unavailable: somebody else does (code ``port-taken``), or it is not allowed.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setblocking(False)
        made.bind((host, port))
        made.listen(_BACKLOG)
    except OSError as error:
        made.close()
        raise Unavailable(
            "port-taken",
            "Mosaic cannot be served over HTTP",
            where=f"{host}:{port}",
            got=error.strerror or str(error),
            hint="Set plugins.http.port to another port, or to 0 for one that is free.",
        ) from None
    return made


@attrs.frozen(kw_only=True)
class Listeners:
    """Where it listens: `public` as it is configured, and, where that is encrypted, `near` for this machine."""

    public: socket.socket
    near: socket.socket | None = None

    def close(self) -> None:
        """Let go of them."""
        self.public.close()
        if self.near is not None:
            self.near.close()


def listeners(config: Config, known: Listeners | None, last: int = 0) -> Listeners:
    """Return the sockets that the configuration asks for: those that are `known`, and those that lack.

    Where any port will do it is the `last` one, if that can be had: pages that are open find it there again.

    Raises:
        Unavailable: one cannot be made, see `listen`.
    """
    public = _public(config, last) if known is None else known.public
    near = None if known is None else known.near
    if config.tls_certificate and near is None:
        try:
            near = listen(LOOPBACK[0], 0)
        except Unavailable:
            public.close()
            raise
    return Listeners(public=public, near=near)


def _public(config: Config, last: int) -> socket.socket:
    if config.port == 0 and last:
        with contextlib.suppress(Unavailable):
            return listen(config.host, last)
    return listen(config.host, config.port)


def shared(own: Listeners, config: Config, calls: dict[str, Any], more: Mapping[str, Any]) -> State:
    """Return what the next generation needs to listen there too, the calls that last, and `more` data."""
    place = {"host": config.host, "port": config.port}
    resources: dict[str, Any] = {_RESOURCE: own.public.dup(), CALLS: calls}
    if own.near is not None:
        resources[_NEAR] = own.near.dup()
    return State(version=VERSION, data={**more, "place": place}, resources=resources)


def taken_over(state: State, config: Config) -> Listeners | None:
    """Return the sockets of the generation before; None if the configuration says another place now."""
    near: socket.socket | None = state.resources.get(_NEAR)
    if near is not None and not config.tls_certificate:
        near.close()
        near = None
    found = Listeners(public=state.resources[_RESOURCE], near=near)
    if state.data["place"] != {"host": config.host, "port": config.port}:
        found.close()
        return None
    return found
