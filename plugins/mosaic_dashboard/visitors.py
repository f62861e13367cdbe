"""Who looks at a page: as the plugin http has let them in."""

from __future__ import annotations

import hmac
from typing import Any

import attrs

from mosaic_hookspecs import Denied, Principal


@attrs.frozen(kw_only=True)
class Visitor:
    """Who looks, and what the forms of their pages send along."""

    principal: Principal
    csrf: str

    @property
    def key(self) -> str:
        """What tells them from others: their browser's session, or else their name."""
        return self.csrf or f"{self.principal.kind}:{self.principal.name}"

    @classmethod
    def of(cls, scope: Any) -> Visitor:
        """Return who sent a request.

        Raises:
            Denied: nobody was let in.
        """
        who = scope.get("state", {}).get("mosaic")
        if not who:
            raise Denied("no-token", "this needs credentials", hint="`mosaic open` signs a browser in.")
        principal = Principal(name=who["name"], kind=who["kind"], permissions=frozenset(who["permissions"]))
        return cls(principal=principal, csrf=who["csrf"])

    def require_ours(self, shown: str) -> None:
        """Refuse a form that does not show that it is of a page of ours.

        Raises:
            Denied: its ``csrf`` is another.
        """
        if self.csrf and not hmac.compare_digest(shown.encode(), self.csrf.encode()):
            raise Denied("no-csrf", "the form is not of a page of this browser", hint="Open the page again.")
