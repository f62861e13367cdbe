"""Serves with a transport, as a test needs it: until the test is done, and at addresses that can be reached."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import unquote, urlsplit

import attrs
import trio
import trio.testing

__all__ = ["Served", "connect", "place_of", "serving"]

_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
_STEP = 0.01


@attrs.define
class Served:
    """A transport that serves; `seconds` is how long it took to end, once the context is left."""

    addresses: Sequence[str] = ()
    has_ended: bool = False
    seconds: float = 0.0


@asynccontextmanager
async def serving(transport: Any, *, within: float) -> AsyncIterator[Served]:
    """Run `serve` until the body is done, then cancel it. With addresses, unless it says that it has none.

    Raises:
        AssertionError: it returned or raised by itself, told no addresses `within` so many seconds, or did
            not let the cancellation through, or only later than that.
    """
    __tracebackhide__ = True
    served = Served()
    failures: list[str] = []
    async with trio.open_nursery() as nursery:
        scope = trio.CancelScope()
        ended = trio.Event()

        async def serve() -> None:
            with scope:
                try:
                    await transport.serve()
                except trio.Cancelled:
                    raise
                except Exception as error:  # noqa: BLE001 - told as a failure, in words
                    failures.append(f"serve() raised {type(error).__name__}: {error}")
                else:
                    if scope.cancel_called:
                        failures.append("serve() returned when it was cancelled: it caught trio.Cancelled")
                    elif not _may_return(transport):
                        failures.append("serve() returned by itself; it serves until it is cancelled")
                finally:
                    served.has_ended = True
                    ended.set()

        nursery.start_soon(serve)
        try:
            await _wait_for_addresses(transport, served, within)
            if not failures:
                yield served
        except Exception as error:
            if failures:  # what the body met is what came of that
                raise AssertionError(failures[0]) from error
            raise
        finally:
            cancelled_at = trio.current_time()
            scope.cancel()
            with trio.CancelScope(shield=True):
                await ended.wait()
            served.seconds = trio.current_time() - cancelled_at
    assert not failures, failures[0]
    assert served.seconds <= within, (
        f"serve() took {served.seconds:.1f} s to end when it was cancelled; it may take {within:g} s"
    )


def _may_return(transport: Any) -> bool:
    # Whoever listens to nobody reads from something that may end, such as standard input.
    return not getattr(transport, "has_addresses", True)


async def _wait_for_addresses(transport: Any, served: Served, within: float) -> None:
    __tracebackhide__ = True
    if _may_return(transport):
        await trio.testing.wait_all_tasks_blocked()
        return
    with trio.move_on_after(within):
        while not transport.addresses and not served.has_ended:  # noqa: ASYNC110 - the contract has no signal
            await trio.sleep(_STEP)
    served.addresses = tuple(transport.addresses)
    assert served.addresses or served.has_ended, (
        f"addresses are still empty after it has served for {within:g} s; "
        "a transport that listens nowhere says so by the attribute has_addresses = False"
    )


def place_of(address: str) -> tuple[str, int] | str | None:
    """Return where an address leads to: a host and a port, or the path of a socket; None: not known here.

    Raises:
        AssertionError: it is no URL.
    """
    __tracebackhide__ = True
    assert isinstance(address, str), f"the address {address!r} is no text"
    try:
        parts = urlsplit(address)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError as error:
        raise AssertionError(f"the address {address!r} is no URL: {error}") from error
    is_url = bool(parts.scheme) and "://" in address and bool(parts.netloc or parts.path)
    assert is_url, f"the address {address!r} is no URL, such as http://127.0.0.1:8080"
    if "unix" in parts.scheme:
        return unquote(parts.path or parts.netloc)
    if parts.hostname and port:
        assert parts.hostname not in {"0.0.0.0", "::"}, (  # noqa: S104 - nothing is bound here
            f"nobody can connect to {address!r}: say a host that leads here"
        )
        return parts.hostname, port
    assert parts.hostname, f"the address {address!r} names no host"
    assert parts.scheme not in {"tcp", "grpc", "grpcs"}, f"the address {address!r} names no port"
    return None


async def connect(place: tuple[str, int] | str) -> trio.SocketStream:
    """Connect to where an address leads. Raises `OSError` where nobody listens."""
    if isinstance(place, str):
        return await trio.open_unix_socket(place)
    return await trio.open_tcp_stream(*place)
