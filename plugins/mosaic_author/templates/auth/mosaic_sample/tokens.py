"""The authenticator. Compares in constant time, and never says which part of a token was wrong."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence

import attrs
import trio
from mosaic_hookspecs import Denied, Principal

SCHEME = "bearer"


@attrs.frozen(kw_only=True)
class Person:
    """Who has a token: `token` is its SHA-256 digest, in hexadecimal."""

    token: str = attrs.field(metadata={"help": "The token's SHA-256 digest, in hexadecimal."})
    permissions: Sequence[str] = attrs.field(default=(), metadata={"help": "What they may do; * is all."})


class TokenAuthenticator:
    """`mosaic_hookspecs.Authenticator` over a table of people."""

    def __init__(self, people: Mapping[str, Person]) -> None:
        self._known = [
            (
                person.token.lower().encode(),
                Principal(name=name, permissions=frozenset(person.permissions)),
            )
            for name, person in people.items()
        ]

    async def authenticate(self, scheme: str, credentials: str) -> Principal:
        """Return whose token this is.

        Raises:
            Denied: the scheme is another (code ``unknown-scheme``), or nobody has this token
                (``bad-token``). The token is in neither.
        """
        await trio.lowlevel.checkpoint()
        if scheme.lower() != SCHEME:
            raise Denied("unknown-scheme", "there is no such way to authenticate", expected=SCHEME)
        shown = hashlib.sha256(credentials.encode("utf-8", "surrogatepass")).hexdigest().encode()
        found: Principal | None = None
        for digest, principal in self._known:
            # All of them, so that the time it takes does not tell how far down the table the person is.
            if hmac.compare_digest(digest, shown):
                found = principal
        if found is None:
            raise Denied("bad-token", "nobody has this token", hint="Ask for a new one.")
        return found
