"""How a request wants to be answered: later (``Prefer``, RFC 7240), or as events (``Accept``)."""

from __future__ import annotations

import re

from ..requests import Request

_EVENTS = "text/event-stream"
_WAIT = re.compile(r"wait\s*=\s*\"?([0-9]{1,9})")
_MOST_SECONDS = 300.0


def wants_later(request: Request) -> bool:
    """Whether the client asks to be answered before the work is done."""
    return any(part.strip().lower() == "respond-async" for part in _preferences(request))


def patience_of(request: Request) -> float | None:
    """Return for how many seconds the client would wait before that; None if it does not say."""
    for part in _preferences(request):
        found = _WAIT.fullmatch(part.strip().lower().rstrip('"'))
        if found:
            return min(float(found[1]), _MOST_SECONDS)
    return None


def wants_events(request: Request) -> bool:
    """Whether the client takes events, and nothing else that this is answered with."""
    accepts = {part.partition(";")[0].strip().lower() for part in request.header(b"accept").split(",")}
    return _EVENTS in accepts and not accepts & {"application/json", "application/*", "*/*"}


def _preferences(request: Request) -> list[str]:
    return request.header(b"prefer").replace(";", ",").split(",")
