"""Who acts: the principal of a call as the sender and the reader of mail.

An agent on a connection that was lent to it (``agent:NAME``) is NAME and nobody else. Whoever acts for itself
may name itself. What a message says never changes who somebody is, nor what they may do.
"""

from __future__ import annotations

from collections.abc import Sequence

from mosaic_hookspecs.errors import Denied
from mosaic_hookspecs.operations import Principal

from .address import AGENT, require_name


def is_lent(principal: Principal) -> bool:
    """Whether this is an agent on a connection that was lent to it."""
    return principal.name.startswith(AGENT)


def name_of(principal: Principal, given: str) -> str:
    """Return the name under which a principal sends and reads.

    Raises:
        Denied: an agent names another (code ``not-you``).
    """
    if not is_lent(principal):
        return require_name(given or principal.name, "name")
    own = principal.name.removeprefix(AGENT)
    if given not in ("", own, principal.name):
        raise Denied(
            "not-you",
            f"{own!r} cannot act as {given!r}",
            where="name",
            expected=f"{own!r}, or nothing",
            hint="Leave `name` out: your connection says who you are.",
        )
    return own


def roles_of(principal: Principal, given: Sequence[str], own: Sequence[str]) -> Sequence[str]:
    """Return the roles whose messages a principal reads: its `own`, and those that it may name.

    Raises:
        Denied: an agent names a role that it has not (code ``not-your-role``).
    """
    for role in given:
        require_name(role, "roles")
        if is_lent(principal) and role not in own:
            raise Denied(
                "not-your-role",
                f"{principal.name.removeprefix(AGENT)!r} has no role {role!r}",
                where="roles",
                expected=", ".join(own) or "no roles",
                hint="Leave `roles` out: those that you have are read anyway.",
            )
    return tuple(dict.fromkeys((*own, *given)))
