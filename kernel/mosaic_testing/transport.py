"""The conformance kit of the transport port: serving begins, is where it says, and ends without a trace.

Have it listen on a free port of 127.0.0.1, or on a socket in the project's directory, by the fixture
`mosaic_settings`. A transport that listens nowhere, such as one on standard input, says so by an attribute
``has_addresses = False``. What it does with a request, only its own tests can show.
"""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing

from mosaic_hookspecs import Transport

from .contracts import require_contract_of
from .leaks import LeakCheck
from .listening import connect, place_of, serving
from .opening import OpenProvider

__all__ = ["TestContract", "TestServing"]

_SECONDS = 5.0


class TestContract:
    """Its methods are those of the protocol."""

    async def test_it_keeps_the_contract(self, mosaic_provider: OpenProvider, mosaic_contract: str) -> None:
        async with mosaic_provider() as transport:
            require_contract_of(transport, Transport, contract=mosaic_contract)


class TestServing:
    """From before it serves until after."""

    async def test_it_has_a_name_that_stays(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as transport:
            name = transport.name
            assert isinstance(name, str), f"its name is {name!r}, no text"
            assert name.strip() == name != "", f"its name is {name!r}: empty, or with spaces around it"
            async with serving(transport, within=_SECONDS):
                assert transport.name == name, (
                    f"its name was {name!r}, and is {transport.name!r} when it serves"
                )

    async def test_it_serves_until_it_is_cancelled(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as transport, serving(transport, within=_SECONDS) as served:
            await trio.testing.wait_all_tasks_blocked()
            assert not served.has_ended or not getattr(transport, "has_addresses", True), (
                "serve() ended by itself, right after it began"
            )

    async def test_it_has_addresses_only_while_it_serves(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as transport:
            assert not transport.addresses, f"before it serves it says that it listens at {transport.addresses}"
            async with serving(transport, within=_SECONDS):
                pass
            assert not transport.addresses, (
                f"it serves no more, and says that it listens at {transport.addresses}"
            )

    async def test_it_can_be_reached_where_it_says(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as transport:
            _require_addresses(transport)
            async with serving(transport, within=_SECONDS) as served:
                for address in served.addresses:
                    place = place_of(address)
                    if place is not None:
                        await _connected(place, address)
                assert tuple(transport.addresses) == tuple(served.addresses), "its addresses changed meanwhile"
            for address in served.addresses:
                await _require_refused(address)

    async def test_it_serves_again(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as transport:
            for _ in range(3):
                async with serving(transport, within=_SECONDS) as served:
                    for address in served.addresses:
                        place = place_of(address)
                        if place is not None:
                            await _connected(place, address)

    async def test_a_silent_client_does_not_keep_it(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as transport:
            _require_addresses(transport)
            clients: list[trio.SocketStream] = []
            async with serving(transport, within=_SECONDS) as served:
                clients.extend(
                    [await connect(place) for address in served.addresses if (place := place_of(address))]
                )
                await trio.testing.wait_all_tasks_blocked()
            for client in clients:
                async with client:
                    with trio.move_on_after(_SECONDS) as scope:
                        await _read_all(client)
                    assert not scope.cancelled_caught, (
                        "serve() has ended, and a client's connection is still open"
                    )

    async def test_rubbish_does_not_end_it(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as transport:
            _require_addresses(transport)
            async with serving(transport, within=_SECONDS) as served:
                for address in served.addresses:
                    place = place_of(address)
                    if place is None:
                        continue
                    for rubbish in (b"", b"\x00\xff\x16\x03\r\n\r\n", b"GET", b"A" * 100_000 + b"\r\n\r\n"):
                        await _say(place, rubbish)
                    assert not served.has_ended, f"serve() ended after a client had sent rubbish to {address}"
                    await _connected(place, address)

    async def test_nothing_is_left(self, mosaic_provider: OpenProvider) -> None:
        async with mosaic_provider() as transport:
            async with serving(transport, within=_SECONDS):  # what is made once, for good, is no leak
                pass
            async with LeakCheck():
                for _ in range(3):
                    async with serving(transport, within=_SECONDS) as served:
                        for address in served.addresses:
                            place = place_of(address)
                            if place is not None:
                                await _connected(place, address)


def _require_addresses(transport: Any) -> None:
    if not getattr(transport, "has_addresses", True):
        pytest.skip("it listens nowhere: has_addresses is False")


async def _connected(place: tuple[str, int] | str, address: str) -> None:
    __tracebackhide__ = True
    try:
        with trio.fail_after(_SECONDS):
            client = await connect(place)
    except (OSError, trio.TooSlowError) as error:
        raise AssertionError(f"it says that it listens at {address}, and nobody answers: {error}") from error
    await client.aclose()


async def _require_refused(address: str) -> None:
    __tracebackhide__ = True
    place = place_of(address)
    if place is None:
        return
    try:
        with trio.move_on_after(_SECONDS):
            client = await connect(place)
    except OSError:
        return
    await client.aclose()
    pytest.fail(f"it serves no more, and still accepts connections at {address}")


async def _say(place: tuple[str, int] | str, data: bytes) -> None:
    """Send something, and wait until the connection is closed, which is an answer too."""
    try:
        client = await connect(place)
    except OSError:  # it has ended: who called this sees that
        return
    async with client:
        with trio.move_on_after(_SECONDS):
            try:
                await client.send_all(data)
                await client.send_eof()
                await _read_all(client)
            except trio.BrokenResourceError:
                return


async def _read_all(client: trio.SocketStream) -> None:
    try:
        async for _ in client:
            pass
    except trio.BrokenResourceError:
        return
