"""Why a tool is not called, in words for whoever called it.

Refuses to quote what was not approved to anybody but a person: an error is read by the model that called.
"""

from __future__ import annotations

from mosaic_hookspecs import Denied, MosaicError, NotFound, Refused

from .definitions import Definition, Listing
from .pins import Pin

_SHOWN = 120


def not_allowed(server: str, tool: str) -> MosaicError:
    """Return the error for a tool that the configuration does not allow."""
    return Denied(
        "tool-not-allowed",
        f"the configuration does not allow the tool {_full(server, tool)}",
        where=f"plugins.mcpclient.servers.{server}",
        hint="Use another tool; a person can add it to `allow`.",
    )


def not_approved(server: str, tool: str) -> MosaicError:
    """Return the error for a tool that nobody has approved."""
    return Refused(
        "tool-not-approved",
        f"no person has approved the tool {_full(server, tool)}",
        hint=f"Do without it; a person can look at `mosaic mcp-servers review {server}`, and approve it with "
        f"`mosaic mcp-servers approve {server}`.",
    )


def not_there(server: str, tool: str, listing: Listing) -> MosaicError:
    """Return the error for a tool that the server does not offer, or not so that it could be reviewed."""
    if tool in listing.refused:
        what = f"the tool {_full(server, tool)} cannot be used: {listing.refused[tool]}"
        return Refused("tool-refused", what, hint="Use another tool.")
    return NotFound(
        "no-tool",
        f"the MCP server {server!r} has no such tool",
        got=repr(tool)[:_SHOWN],
        hint="mcpclient.tools lists those that can be called.",
    )


def require_approved(
    server: str, pin: Pin | None, now: Definition, origin: str, *, tells_difference: bool
) -> None:
    """Refuse a tool that is not what was approved.

    Args:
        server: whose tool it is.
        pin: what is known of the tool.
        now: how its server describes it now.
        origin: the program or address that the server is now.
        tells_difference: whether who reads the error may see words that are not approved.

    Raises:
        Refused: it is new, or has changed.
    """
    if pin is None or pin.approval is None:
        raise not_approved(server, now.name)
    approved = pin.approval
    if approved.definition.digest == now.digest and approved.origin == origin:
        return
    parts = ", ".join(approved.definition.changed_parts(now))
    difference = approved.definition.difference(now) if tells_difference else ""
    raise Refused(
        "tool-changed",
        f"the tool {_full(server, now.name)} is not what was approved any more: "
        f"{parts or 'the program or address that it comes from'} changed",
        expected=approved.definition.digest,
        got=f"{now.digest}\n{difference}" if difference else now.digest,
        hint=f"Do without it; a person can look at `mosaic mcp-servers review {server}` and approve it again.",
    )


def _full(server: str, tool: str) -> str:
    return f"{server}/{tool[:_SHOWN]}"
