"""What each kind of endpoint has to say about itself: how a request is written, and how an answer is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit, urlunsplit

import attrs

from mosaic_hookspecs.models import ModelRequest

from .draft import Draft, mapping_of, text_of
from .manner import Manner
from .server_events import ServerEvent


class Broken(Exception):
    """The endpoint ended an answer with an error of its own, in the middle of it."""

    def __init__(self, kind: str, words: str) -> None:
        super().__init__(words)
        self.kind = kind
        self.words = words


@attrs.frozen(kw_only=True)
class Ask:
    """A request as a wire writes it: `request` to `model`, in this `manner`, for at most `max_tokens`."""

    request: ModelRequest
    model: str
    max_tokens: int
    manner: Manner


class Wire(Protocol):
    """One kind of endpoint. Holds nothing."""

    path: str
    key_header: str

    def key_value(self, key: str) -> str:
        """Return what the header of the key holds, where it is the kind's own."""

    def fixed_headers(self) -> Mapping[str, str]:
        """Return what goes with each request."""

    def modes(self, request: ModelRequest) -> Sequence[str]:
        """Return the means of asking for this request's schema, the best first."""

    def body(self, ask: Ask) -> dict[str, Any]:
        """Return a request's body; the answer is asked for as a stream."""

    def read_event(self, event: ServerEvent, data: Mapping[str, Any], draft: Draft) -> None:
        """Add a piece of a stream. Raises `Broken`."""

    def read_whole(self, data: Mapping[str, Any], draft: Draft) -> None:
        """Add an answer that came at once, though a stream was asked for. Raises `Broken`."""


def address_of(url: str, path: str) -> str:
    """Return where requests go: the configured address, with as much of `path` as it does not have yet."""
    parts = urlsplit(url)
    given = parts.path.rstrip("/")
    steps = path.split("/")  # "", then the steps
    for count in range(len(steps), 0, -1):
        begun = "/".join(steps[:count])
        if given.endswith(begun):
            rest = "/".join(steps[count:])
            given += f"/{rest}" if rest else ""
            break
    return urlunsplit(parts._replace(path=given, fragment=""))


def complaint_in(data: Any) -> tuple[str, str]:
    """Return the kind and the words of an error as endpoints write them."""
    body = mapping_of(data)
    error = body.get("error", body)
    if isinstance(error, str):
        return "", error
    found = mapping_of(error)
    kind = text_of(found.get("code")) or text_of(found.get("type"))
    words = text_of(found.get("message")) or text_of(body.get("message")) or text_of(body.get("detail"))
    return kind, words
