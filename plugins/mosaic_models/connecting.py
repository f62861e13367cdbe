"""A connection to an endpoint: TCP, a proxy where the environment names one, and TLS.

Refuses to go on without a certificate that the machine trusts. A connection carries one request: one that is
reused may be gone by then, and nobody could tell whether the request was heard.
"""

from __future__ import annotations

import base64
import os
import ssl
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass_environment  # type: ignore[attr-defined] # typeshed has one of them

import attrs
import h11
import trio

_PIECE = 65536
_PORTS = {"http": 80, "https": 443}
_OK = 200


class NoWay(Exception):
    """There is no connection, for the reason that its text tells."""


@attrs.frozen(kw_only=True)
class Connection:
    """An open connection, the target as the request line has to name it, and headers for a proxy."""

    stream: trio.abc.Stream
    target: str
    host: str
    headers: tuple[tuple[str, str], ...] = ()


async def connect(address: SplitResult, trusted: ssl.SSLContext | None) -> Connection:
    """Open a connection; who asks sets the deadline. `trusted` is what TLS is checked by, for https.

    Raises:
        NoWay: nobody listens, or what does is not trusted.
    """
    host = address.hostname or ""
    port = address.port or _PORTS[address.scheme]
    target = (address.path or "/") + (f"?{address.query}" if address.query else "")
    shown = f"[{host}]" if ":" in host else host
    authority = shown if port == _PORTS[address.scheme] else f"{shown}:{port}"
    proxy = _proxy(address.scheme, host)
    try:
        if proxy is None:
            stream: trio.abc.Stream = await trio.open_tcp_stream(host, port)
        else:
            stream = await trio.open_tcp_stream(proxy.hostname or "", proxy.port or _PORTS["http"])
    except OSError as error:
        raise NoWay(_words(error)) from None
    try:
        if proxy is not None and trusted is None:
            whole = f"{address.scheme}://{authority}{target}"
            return Connection(stream=stream, target=whole, host=authority, headers=_credentials(proxy))
        if proxy is not None:
            await _tunnel(stream, f"{shown}:{port}", _credentials(proxy))
        if trusted is not None:
            stream = await _secured(stream, trusted, host)
    except BaseException:
        await trio.aclose_forcefully(stream)
        raise
    return Connection(stream=stream, target=target, host=authority)


def _proxy(scheme: str, host: str) -> SplitResult | None:
    """Return the proxy that the environment has for this; none for a model on this machine."""
    if host in {"localhost", "127.0.0.1", "::1"}:
        return None
    known = getproxies_environment()
    found = known.get(scheme) or known.get("all") or ""
    if not found or proxy_bypass_environment(host, known):
        return None
    proxy = urlsplit(found if "://" in found else f"http://{found}")
    if proxy.scheme != "http" or not proxy.hostname:
        raise NoWay(
            f"the proxy that {scheme}_proxy names is of a kind ({proxy.scheme}) that is not spoken here"
        )
    return proxy


def _credentials(proxy: SplitResult) -> tuple[tuple[str, str], ...]:
    if not proxy.username:
        return ()
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode()
    return (("proxy-authorization", "Basic " + base64.b64encode(pair).decode()),)


async def _tunnel(stream: trio.abc.Stream, to: str, headers: tuple[tuple[str, str], ...]) -> None:
    wire = h11.Connection(h11.CLIENT)
    try:
        request = h11.Request(method="CONNECT", target=to, headers=[("host", to), *headers])
        await stream.send_all(wire.send(request) + wire.send(h11.EndOfMessage()))
        while isinstance(event := wire.next_event(), h11.NEED_DATA | h11.InformationalResponse):
            if event is h11.NEED_DATA:
                wire.receive_data(bytes(await stream.receive_some(_PIECE)))
    except (h11.ProtocolError, trio.BrokenResourceError):
        raise NoWay("the proxy does not answer in HTTP") from None
    if not isinstance(event, h11.Response) or event.status_code != _OK:
        status = event.status_code if isinstance(event, h11.Response) else "nothing"
        raise NoWay(f"the proxy answers {status}")


async def _secured(stream: trio.abc.Stream, trusted: ssl.SSLContext, host: str) -> trio.abc.Stream:
    secured = trio.SSLStream(stream, trusted, server_hostname=host, https_compatible=True)
    try:
        await secured.do_handshake()
    except (trio.BrokenResourceError, ssl.SSLError, OSError) as error:
        cause = error.__cause__ or error
        why = getattr(cause, "verify_message", "") or getattr(cause, "reason", "") or "it broke off"
        raise NoWay(f"no trustworthy TLS connection: {why}") from None
    return secured


def _words(error: OSError) -> str:
    """Return why; of several addresses that were tried, the last."""
    cause = error.__cause__
    if isinstance(cause, BaseExceptionGroup):
        cause = cause.exceptions[-1]
    number = getattr(cause, "errno", None) or error.errno
    return os.strerror(number) if number and number > 0 else "the name cannot be looked up"
