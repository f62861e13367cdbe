"""Addresses: a name, ``role:LABEL``, ``topic:NAME`` or ``all``; and the names of boxes.

Refuses what is no address with an `InputError`, so that nothing is stored under a name that cannot be read.
"""

from __future__ import annotations

import re

import attrs

from mosaic_hookspecs.errors import InputError

AGENT, ROLE, TOPIC = "agent:", "role:", "topic:"
ALL = "all"
_NAME = re.compile(r"[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]{0,118}[^\s\x00-\x1f\x7f])?")


@attrs.frozen(kw_only=True)
class Address:
    """Where a message goes: `kind` is ``agent``, ``role``, ``topic`` or ``all``."""

    kind: str
    name: str = ""


def parse(text: str) -> Address:
    """Return what an address says. Raises `InputError` (code ``bad-address``)."""
    if text == ALL:
        return Address(kind="all")
    for prefix in (AGENT, ROLE, TOPIC):
        if text.startswith(prefix):
            return Address(kind=prefix[:-1], name=require_name(text.removeprefix(prefix), "to"))
    return Address(kind="agent", name=require_name(text, "to"))


def require_name(name: str, where: str) -> str:
    """Return the name of an agent, a person, a role or a topic. Raises `InputError` (code ``bad-address``)."""
    if not _NAME.fullmatch(name) or not name.isprintable():
        raise InputError(
            "bad-address",
            "nobody can be called so",
            where=where,
            expected="a name of at most 120 visible characters on one line, role:LABEL, topic:NAME or all",
            got=repr(name[:80]),
        )
    return name


def box_of(name: str) -> str:
    """Return the name of an agent's or person's box."""
    return AGENT + name


def role_box(role: str) -> str:
    """Return the name of the box that all who have a role share."""
    return ROLE + role
