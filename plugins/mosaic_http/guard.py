"""Who may come in: programs of this machine's user by the token, their browser by a link that is good once.

Decides by what a request's head says, before anything of it is carried out: by which name it came (so that
no name of another's that leads here does), from which page, how often, and with which credentials.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

import attrs

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import Denied, MosaicError, Refused
from mosaic_hookspecs.operations import Principal

from .browsers import Browsers, BrowserSession
from .rates import Rate
from .settings import Config

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
_OWNER = Principal(name="local", kind="user", permissions=frozenset("*"))
CSRF = b"x-mosaic-csrf"
_FORM = b"application/x-www-form-urlencoded"
_SAFE = ("GET", "HEAD", "OPTIONS")


@attrs.frozen(kw_only=True)
class Visitor:
    """Who has come in: `session` and its `secret` are there for a browser."""

    principal: Principal
    session: BrowserSession | None = None
    secret: str = ""


class TooOften(Refused):
    """Somebody comes too often; `seconds` says when there is room again."""

    def __init__(self, what: str, seconds: float) -> None:
        super().__init__("too-often", what, hint=f"Wait {seconds:.1f} s.")
        self.seconds = seconds


class Guard:
    """Decides on requests; `token` opens everything."""

    def __init__(self, config: Config, token: str, browsers: Browsers, context: Context) -> None:
        self._names = frozenset((*_LOOPBACK, *(name.lower() for name in config.names)))
        self._token = token.encode()
        self._browsers = browsers
        self._context = context
        self._requests = Rate(config.rate)
        self._failures = Rate(config.wrong_tokens)

    def require_ours(self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes]) -> None:
        """Let in what comes by our names, from our own pages or no page, and not too often.

        Raises:
            MosaicError: it does not.
        """
        wait = self._requests.wait_of(_address(scope))
        if wait:
            raise TooOften("there were too many requests", wait)
        host = headers.get(b"host", b"").decode("latin-1").lower()
        if _name_of(host) not in self._names:
            raise Denied(
                "other-host",
                "this answers to its own names alone",
                where="Host",
                expected=", ".join(sorted(self._names)),
                got=host[:80],
                hint="Name further ones in plugins.http.names.",
            )
        origin = headers.get(b"origin")
        if origin is not None:
            _require_our_page(origin.decode("latin-1").lower(), host, scope["scheme"])

    async def visitor(
        self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes], *, takes_forms: bool = False
    ) -> Visitor:
        """Return who sends a request. A form cannot send what shows that it is ours as a header: with
        `takes_forms`, one that comes from a page of this origin is let in, and who answers it looks for the
        session's ``csrf`` among its fields.

        Raises:
            Denied: nobody who is known (``no-token``, ``wrong-token``), or a page of the session's browser that
                does not show that it is ours (``no-csrf``).
        """
        address = _address(scope)
        given = headers.get(b"authorization")
        bearer = _bearer_in(given)
        if given is None:
            found = self._browser(scope, headers, takes_forms=takes_forms)
        else:
            is_owner = hmac.compare_digest(bearer, self._token)
            found = Visitor(principal=_OWNER) if is_owner else None
        if found is not None:
            return found
        # What cannot be guessed was looked at first: no program on this machine can lock its user out.
        wait = self._failures.wait_of(address, takes=False)
        if wait:
            raise TooOften("there were too many wrong credentials", wait)
        found = await self._known(bearer)
        if found is not None:
            return found
        has_shown = given is not None or cookie_name(scope) in cookies_of(headers)
        if has_shown:
            self._failures.wait_of(address)
        raise Denied(
            "wrong-token" if has_shown else "no-token",
            "the credentials are not good" if has_shown else "this needs credentials",
            hint="Send `Authorization: Bearer TOKEN` with the token in http/token of the state directory; "
            "sign a browser in with `mosaic open`.",
        )

    async def _known(self, bearer: bytes) -> Visitor | None:
        port = self._context.port("auth")
        if not bearer or not port.names():
            return None
        try:
            return Visitor(principal=await port.get().authenticate("bearer", bearer.decode("latin-1")))
        except MosaicError:
            return None

    def _browser(
        self, scope: Mapping[str, Any], headers: Mapping[bytes, bytes], *, takes_forms: bool
    ) -> Visitor | None:
        secret = cookies_of(headers).get(cookie_name(scope), "")
        session = self._browsers.find(secret) if secret else None
        if session is None:
            return None
        if scope["type"] == "websocket" and b"origin" not in headers:
            raise Denied("no-origin", "a browser's WebSocket says from which page it comes", where="Origin")
        is_form = takes_forms and b"origin" in headers and headers.get(b"content-type", b"").startswith(_FORM)
        if scope["type"] == "http" and scope["method"] not in _SAFE and not is_form:
            shown = headers.get(CSRF, b"")
            if not hmac.compare_digest(shown, session.csrf.encode()):
                raise Denied(
                    "no-csrf",
                    "the request does not show that a page of this site sends it",
                    where="X-Mosaic-CSRF",
                    hint="Send the value that GET /api/session gives.",
                )
        return Visitor(principal=_OWNER, session=session, secret=secret)


def _require_our_page(origin: str, host: str, scheme: str) -> None:
    ours = f"{'https' if scheme in ('https', 'wss') else 'http'}://{host}"
    if origin != ours:
        raise Denied(
            "other-origin",
            "pages of other sites may not call this",
            where="Origin",
            expected=ours,
            got=origin[:80],
        )


def cookie_name(scope: Mapping[str, Any]) -> str:
    """Return the name of the session's cookie: browsers do not tell the ports of one machine apart."""
    return f"mosaic-{scope['server'][1]}"


def _bearer_in(given: bytes | None) -> bytes:
    scheme, _, bearer = (given or b"").partition(b" ")
    return bearer.strip() if scheme.lower() == b"bearer" else b""


def cookies_of(headers: Mapping[bytes, bytes]) -> dict[str, str]:
    """Return the cookies of a request."""
    # What other servers of this machine have set comes along, and must not get into the way of ours.
    pairs = [part.strip().partition("=") for part in headers.get(b"cookie", b"").decode("latin-1").split(";")]
    return {name: value for name, _, value in pairs}


def _address(scope: Mapping[str, Any]) -> str:
    return str(scope["client"][0]) if scope.get("client") else ""


def _name_of(host: str) -> str:
    name, colon, port = host.rpartition(":")
    if not colon or host.endswith("]"):
        return host
    return name if port.isdigit() else host
