"""Reads an answer as it comes in: a stream of events, a whole one, or a refusal.

Refuses compressed answers, and what is neither of the three.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence

import attrs

from .draft import Draft, decode_json
from .failures import Failures
from .server_events import ServerEvent, ServerEvents
from .wire import Wire, complaint_in

_OK = 200
_LONGEST_ERROR = 65536
_LONGEST_SHOWN = 200
_THE_END = "[DONE]"


@attrs.frozen(kw_only=True)
class Head:
    """The head of an answer; the names of its fields are in small letters."""

    status: int
    fields: Mapping[str, str]

    @property
    def kind(self) -> str:
        """What kind of content it says that it has."""
        return self.fields.get("content-type", "").partition(";")[0].strip().lower()


async def receive(
    head: Head, pieces: AsyncIterator[bytes], wire: Wire, failures: Failures, secrets: Sequence[str]
) -> Draft:
    """Return the answer of which this is the head.

    Raises:
        MosaicError: it refuses, it broke off, or it is none.
        Broken: the endpoint said so itself.
    """
    if head.fields.get("content-encoding", "identity").lower() not in {"", "identity"}:
        raise failures.malformed("compresses its answer, though asked not to", head.fields["content-encoding"])
    if head.status != _OK:
        text = (await _gather(pieces, _LONGEST_ERROR)).decode("utf-8", "replace")
        try:
            kind, words = complaint_in(decode_json(text))
        except ValueError:
            kind, words = "", text
        raise failures.of_status(head.status, kind, words, head.fields.get("retry-after", "").strip(), secrets)
    if head.kind == "text/event-stream":
        return await _read_stream(pieces, wire, failures, secrets)
    return _read_whole(await _gather(pieces), head, wire, failures, secrets)


async def _gather(pieces: AsyncIterator[bytes], most: int | None = None) -> bytes:
    data = bytearray()
    async for piece in pieces:
        data += piece
        if most is not None and len(data) > most:
            break
    return bytes(data)


async def _read_stream(
    pieces: AsyncIterator[bytes], wire: Wire, failures: Failures, secrets: Sequence[str]
) -> Draft:
    events, draft = ServerEvents(), Draft()
    async for piece in pieces:
        _take(events.feed(piece), draft, wire, failures, secrets)
        if draft.is_over:
            break
    else:
        _take(events.finish(), draft, wire, failures, secrets)
    if not draft.ending:
        raise failures.unreachable("broke off the answer before its end")
    return draft


def _take(
    found: Iterable[ServerEvent], draft: Draft, wire: Wire, failures: Failures, secrets: Sequence[str]
) -> None:
    for event in found:
        if event.data.strip() == _THE_END:
            draft.is_over = True
        if draft.is_over:
            return
        try:
            data = decode_json(event.data)
        except ValueError:
            data = None
        if not isinstance(data, dict):
            raise failures.malformed("sent an event that is no JSON object", event.data, secrets)
        wire.read_event(event, data, draft)


def _read_whole(data: bytes, head: Head, wire: Wire, failures: Failures, secrets: Sequence[str]) -> Draft:
    shown = f"{head.kind or 'no content type'}: {data[:_LONGEST_SHOWN].decode('utf-8', 'replace')}"
    # Some say text/plain, or nothing, of what is JSON; a page of a proxy is none, whatever it says.
    try:
        found = decode_json(data.decode())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise failures.malformed("answered with what is no JSON object", shown, secrets)
    draft = Draft()
    wire.read_whole(found, draft)
    if not (draft.ending or draft.said or draft.calls):
        raise failures.malformed("answered with JSON that is no answer", shown, secrets)
    return draft
