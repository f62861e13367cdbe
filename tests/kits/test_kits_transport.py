"""The kit of the transport port lets a right transport be, and says what is wrong with others."""

from __future__ import annotations

from functools import partial

import kit_transports
import pytest
from kit_running import failures, opening, require_told
from kit_transports import (
    Announcing,
    Blocking,
    Everywhere,
    Fragile,
    Lying,
    Nameless,
    NoPort,
    NoUrl,
    Once,
    OnInput,
    OnUnix,
    Opening,
    Patient,
    Raising,
    Remembering,
    Renaming,
    Returning,
    Right,
    Silent,
    Slow,
    StillListening,
    Straying,
    Swallowing,
    Threading,
)

from mosaic_testing import listening, transport


async def run(made, tmp_path, **options):
    return await failures(transport, opening("transport", made, tmp_path), tmp_path, **options)


@pytest.fixture(autouse=True)
def tidy():
    kit_transports.released.clear()
    yield
    kit_transports.tidy_up()


async def test_a_right_transport_passes(tmp_path):
    assert await run(Right, tmp_path) == {}


async def test_a_right_transport_on_a_unix_socket_passes(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a Unix socket's path is short
    assert await run(partial(OnUnix, tmp_path / "s").__call__, tmp_path) == {}


async def test_a_transport_that_listens_nowhere_passes(tmp_path):
    assert await run(OnInput, tmp_path) == {}


@pytest.mark.parametrize(
    ("made", "test", "expected"),
    [
        (Nameless, "it_has_a_name_that_stays", "its name is '': empty, or with spaces around it"),
        (Renaming, "it_has_a_name_that_stays", "its name was 'echo', and is 'echo, serving' when it serves"),
        (
            Returning,
            "it_serves_until_it_is_cancelled",
            "serve() returned by itself; it serves until it is cancelled",
        ),
        (Raising, "it_serves_until_it_is_cancelled", "serve() raised OSError: the port is taken"),
        (Silent, "it_serves_until_it_is_cancelled", "addresses are still empty after it has served for"),
        (
            Remembering,
            "it_has_addresses_only_while_it_serves",
            "it serves no more, and says that it listens at ('tcp://127.0.0.1:1',)",
        ),
        (
            Announcing,
            "it_has_addresses_only_while_it_serves",
            "before it serves it says that it listens at ('tcp://127.0.0.1:1',)",
        ),
        (Lying, "it_can_be_reached_where_it_says", "/, and nobody answers: "),
        (
            Everywhere,
            "it_can_be_reached_where_it_says",
            "nobody can connect to 'http://0.0.0.0:8080': say a host that leads here",
        ),
        (
            NoUrl,
            "it_can_be_reached_where_it_says",
            "the address '127.0.0.1:8080' is no URL, such as http://127.0.0.1:8080",
        ),
        (NoPort, "it_can_be_reached_where_it_says", "the address 'tcp://127.0.0.1' names no port"),
        (
            Swallowing,
            "it_serves_until_it_is_cancelled",
            "serve() returned when it was cancelled: it caught trio.Cancelled",
        ),
        (Slow, "it_serves_until_it_is_cancelled", "s to end when it was cancelled; it may take 1 s"),
        (Once, "it_serves_again", "serve() raised RuntimeError: serve() was called twice"),
        (
            StillListening,
            "it_can_be_reached_where_it_says",
            "it serves no more, and still accepts connections at tcp://127.0.0.1:",
        ),
        (Fragile, "rubbish_does_not_end_it", "serve() raised ExceptionGroup"),
        (Threading, "nothing_is_left", "the thread 'echo-worker' still runs"),
        (Opening, "nothing_is_left", "is still open: pipe:["),
        (Straying, "nothing_is_left", "the task echo-straggler still runs"),
        (
            Patient,
            "a_silent_client_does_not_keep_it",
            "serve() has ended, and a client's connection is still open",
        ),
        (
            Blocking,
            "it_keeps_the_contract",
            "Transport.serve: expected async serve(), found serve(), which is not async",
        ),
    ],
)
async def test_a_wrong_transport_is_told(tmp_path, monkeypatch, made, test, expected):
    monkeypatch.setattr(transport, "_SECONDS", 1.0)
    monkeypatch.setattr("mosaic_testing.leaks.SECONDS", 0.3)
    require_told(await run(made, tmp_path, only=[f"test_{test}"]), expected)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("http://localhost", ("localhost", 80)),
        ("wss://[::1]/ws", ("::1", 443)),
        ("tcp://127.0.0.1:5", ("127.0.0.1", 5)),
        ("unix:///run/a.sock", "/run/a.sock"),
        ("http+unix://%2Frun%2Fa.sock", "/run/a.sock"),
        ("carrier-pigeon://loft", None),
    ],
)
def test_addresses_lead_somewhere(address, place):
    assert listening.place_of(address) == place


@pytest.mark.parametrize("address", [5, "", "http://", "http://a:port", "localhost", "//host"])
def test_what_is_no_address_is_told(address):
    with pytest.raises(AssertionError, match="address"):
        listening.place_of(address)
