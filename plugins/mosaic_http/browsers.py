"""Browsers that are signed in: links that are good once, and the sessions that they begin.

Keeps digests only: what is handed to the next generation, or kept for the next start, lets nobody in.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import attrs
import trio

from mosaic_hookspecs.context import Clock

from .settings import Config

_MOST_LINKS = 16


@attrs.frozen(kw_only=True)
class BrowserSession:
    """One browser that is signed in. `csrf` is what its pages send along with what changes something."""

    csrf: str
    until: int


class Browsers:
    """The links that were made, and the browsers that used one. `changed` is told as sessions begin and end."""

    def __init__(self, config: Config, clock: Clock, changed: Callable[[], None]) -> None:
        self._config = config
        self._clock = clock
        self._changed = changed
        self._links: dict[str, int] = {}
        self._sessions: dict[str, int] = {}
        self._lasting: dict[str, set[trio.CancelScope]] = {}

    def new_link(self) -> tuple[str, int]:
        """Return the secret of a link, and until when it is good (milliseconds since 1970)."""
        secret = secrets.token_urlsafe(32)
        until = self._clock.now() + round(self._config.link_seconds * 1000)
        self._links[_digest(secret)] = until
        while len(self._links) > _MOST_LINKS:
            del self._links[next(iter(self._links))]
        return secret, until

    def use_link(self, secret: str) -> str | None:
        """Begin a session with a link, which is used up then; return the session's secret, or None."""
        until = self._links.pop(_digest(secret), None)
        now = self._clock.now()
        if until is None or until < now:
            return None
        made = secrets.token_urlsafe(32)
        self.recall({**self._sessions, _digest(made): now + self._longest})
        self._changed()
        return made

    def find(self, secret: str) -> BrowserSession | None:
        """Return the session of that secret, if it is one that goes on."""
        until = self._sessions.get(_digest(secret))
        if until is None or until < self._clock.now():
            return None
        return BrowserSession(csrf=hmac.new(secret.encode(), b"csrf", hashlib.sha256).hexdigest(), until=until)

    def end(self, secret: str) -> None:
        """Sign a browser out, and end what lasts for it."""
        if self._sessions.pop(_digest(secret), None) is not None:
            self._changed()
        for scope in self._lasting.pop(_digest(secret), ()):
            scope.cancel()

    @contextmanager
    def lasting(self, secret: str, session: BrowserSession | None) -> Iterator[None]:
        """End what is done in it when the session ends, by its time or by its user; without one, never."""
        if session is None:
            yield
            return
        seconds = max(0, session.until - self._clock.now()) / 1000
        with trio.move_on_after(seconds) as scope:
            mine = self._lasting.setdefault(_digest(secret), set())
            mine.add(scope)
            try:
                yield
            finally:
                mine.discard(scope)
                if not mine:
                    self._lasting.pop(_digest(secret), None)

    @property
    def sessions(self) -> Mapping[str, int]:
        """Until when which session is good, by the digest of its secret; the newest last."""
        return dict(self._sessions)

    def recall(self, sessions: Mapping[str, int]) -> None:
        """Go on with the newest of these sessions that have not ended, none for longer than is allowed."""
        now = self._clock.now()
        good = [(name, min(until, now + self._longest)) for name, until in sessions.items() if until >= now]
        self._sessions = dict(good[-self._config.sessions :])

    @property
    def _longest(self) -> int:
        return round(self._config.session_seconds * 1000)

    def to_data(self) -> dict[str, Any]:
        """Return what the next generation needs, as JSON data."""
        return {"links": dict(self._links), "sessions": dict(self._sessions)}

    def take_over(self, data: Mapping[str, Any]) -> None:
        """Go on with what the generation before knew."""
        self._links = dict(data["links"])
        self._sessions = dict(data["sessions"])


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
