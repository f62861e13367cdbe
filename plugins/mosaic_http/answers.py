"""What a request is answered, before it is bytes on the wire; and what every answer says to browsers."""

from __future__ import annotations

import hashlib
import html
import json
from base64 import b64encode
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import attrs

Send = Callable[[Any], Awaitable[None]]
JSON = "application/json"
PARTIAL = "application/vnd.mosaic.partial+json"
HTML = "text/html; charset=utf-8"
_STYLE = (
    ":root{color-scheme:light dark}"
    "body{display:grid;place-content:center;min-height:90vh;margin:0;padding:1.5rem;"
    "font:100%/1.5 system-ui,sans-serif}"
    "main{max-width:32rem}h1{font-size:1.5rem}code{font-size:1.05em;font-weight:600}"
)
_STYLE_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; script-src 'self'; style-src 'self' 'sha256-{_STYLE_HASH}'; "
    "img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SAFETY: Sequence[tuple[bytes, bytes]] = (
    (b"content-security-policy", _POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)
"""What every answer tells a browser; an application that is mounted may say it otherwise."""


@attrs.frozen(kw_only=True)
class Answer:
    """A whole answer."""

    status: int = 200
    body: bytes = b""
    media_type: str = JSON
    headers: Sequence[tuple[str, str]] = ()

    def with_headers(self, *more: tuple[str, str]) -> Answer:
        """Return the answer with further headers."""
        return attrs.evolve(self, headers=(*self.headers, *more))


def json_bytes(data: Any) -> bytes:
    """Return data as JSON, in UTF-8; half a surrogate pair as its escape."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(data, separators=(",", ":")).encode()


def json_answer(data: Any, *, status: int = 200, media_type: str = JSON) -> Answer:
    """Return data as an answer."""
    return Answer(status=status, body=json_bytes(data), media_type=media_type)


def page(title: str, body: str, *, status: int = 200, head: str = "") -> Answer:
    """Return a small page of HTML; `body` and `head` are HTML."""
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{html.escape(title)}</title><link rel="icon" href="data:,">'
        f"<style>{_STYLE}</style>{head}</head>"
        f"<body><main><h1>{html.escape(title)}</h1>{body}</main></body></html>"
    )
    return Answer(status=status, body=text.encode("utf-8", "backslashreplace"), media_type=HTML)


async def send_answer(answer: Answer, send: Send, *, has_body: bool = True) -> None:
    """Send an answer; without its body to whom asked for the head alone."""
    headers = [*SAFETY, *((name.lower().encode("ascii"), _value(value)) for name, value in answer.headers)]
    if answer.status not in (204, 304):
        headers.append((b"content-type", answer.media_type.encode("ascii")))
        headers.append((b"content-length", str(len(answer.body)).encode()))
    known = {name for name, _ in headers}
    if b"cache-control" not in known:
        headers.append((b"cache-control", b"private, no-cache"))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body if has_body else b""})


def _value(text: str) -> bytes:
    kept = "".join(letter if " " <= letter != "\x7f" else "?" for letter in text)
    return kept.encode("latin-1", "replace")
