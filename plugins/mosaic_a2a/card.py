"""The agent's card: where it says it is, how it is spoken with, and whether it streams.

Owns the choice of the interface: JSON-RPC of protocol version 1. Refuses what the configuration does not allow.
"""

from __future__ import annotations

import json
from urllib.parse import SplitResult

import attrs

from mosaic_hookspecs import Unavailable

from .addresses import Addresses
from .exchange import Broken, Exchange, Rejected
from .values import items, mapping, text

_BINDING = "JSONRPC"
_MAJOR = "1"
_UNAUTHORISED = (401, 403)


@attrs.frozen(kw_only=True)
class Card:
    """What is needed of an agent's card."""

    name: str
    address: SplitResult
    tenant: str
    is_streaming: bool


async def discover(exchange: Exchange, addresses: Addresses) -> Card:
    """Read an agent's card.

    Raises:
        Unavailable: it cannot be had, or the agent speaks nothing that is spoken here.
        Denied: it points to an address that is not configured.
    """
    where = addresses.card.geturl()
    try:
        data = json.loads(await exchange.fetch(addresses.card))
    except Rejected as error:
        raise refused(where, error) from error
    except Broken as error:
        raise Unavailable(
            "no-agent", "the agent's card cannot be had", where=where, got=str(error), hint="Is it running?"
        ) from error
    except (ValueError, RecursionError):
        data = None
    interfaces = [one for one in items(data, "supportedInterfaces") if isinstance(one, dict)]
    for interface in interfaces:
        version = text(interface, "protocolVersion")
        if text(interface, "protocolBinding") == _BINDING and version.partition(".")[0] == _MAJOR:
            return Card(
                name=text(data, "name"),
                address=addresses.allowed(text(interface, "url")),
                tenant=text(interface, "tenant"),
                is_streaming=mapping(data, "capabilities").get("streaming") is True,
            )
    spoken = [f"{text(one, 'protocolBinding')} {text(one, 'protocolVersion')}" for one in interfaces[:10]]
    older = text(data, "protocolVersion")
    raise Unavailable(
        "a2a-version",
        "the agent speaks no interface that is spoken here",
        where=where,
        expected=f"{_BINDING} of A2A {_MAJOR}.x in supportedInterfaces",
        got=", ".join(spoken) or (f"A2A {older}" if older else "no card of an agent"),
        hint="Upgrade the agent, or correct its url.",
    )


def refused(where: str, error: Rejected) -> Unavailable:
    """Return what to say of a server that refuses."""
    if error.status in _UNAUTHORISED:
        return Unavailable(
            "not-let-in",
            "the agent does not let Mosaic in",
            where=where,
            got=str(error),
            hint="Name the variable of its credential under `secret`; see also `header` and `scheme`.",
        )
    return Unavailable("no-agent", "the agent's server refuses", where=where, got=str(error))
