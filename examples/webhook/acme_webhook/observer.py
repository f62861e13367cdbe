"""Delivers events over HTTP, signed as https://www.standardwebhooks.com says."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from fnmatch import fnmatchcase
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

import trio

from mosaic_hookspecs import Event, InputError, Unavailable


class WebhookObserver:
    """POSTs events one by one. What it raises has Mosaic try again later, from the same batch; `_sent` spares
    the receiver what it has answered already. After a crash it may still come twice, with the same id.
    """

    def __init__(self, url: str, secret: str, kinds: Sequence[str], seconds: float) -> None:
        self._url = urlsplit(url)
        if self._url.scheme not in ("http", "https") or not self._url.hostname:
            raise InputError("bad-url", "events cannot be sent there", where="plugins.webhook.url", got=url)
        try:
            self._key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
        except binascii.Error as error:
            raise InputError("bad-secret", f"the secret is not base64: {error}") from error
        self._kinds = kinds
        self._seconds = seconds
        self._sent = 0

    async def observe(self, events: Sequence[Event]) -> None:
        """Deliver those events whose kind was asked for, over one connection."""
        connect = HTTPSConnection if self._url.scheme == "https" else HTTPConnection
        connection = connect(self._url.hostname or "", self._url.port, timeout=self._seconds)
        try:
            for event in events:
                if event.sequence > self._sent:
                    if any(fnmatchcase(event.kind, kind) for kind in self._kinds):
                        await trio.to_thread.run_sync(self._post, connection, event, abandon_on_cancel=True)
                    self._sent = event.sequence
        finally:
            connection.close()

    def _post(self, connection: HTTPConnection, event: Event) -> None:
        target = (self._url.path or "/") + (f"?{self._url.query}" if self._url.query else "")
        body = payload(event)
        try:
            connection.request("POST", target, body, headers(self._key, event, int(time.time()), body))
            response = connection.getresponse()
            response.read()
        except (OSError, HTTPException) as error:
            raise Unavailable("webhook-failed", f"the receiver cannot be reached: {error}") from error
        if not 200 <= response.status < 300:  # noqa: PLR2004 - these are HTTP's words for success
            raise Unavailable("webhook-refused", "the receiver did not accept", got=f"status {response.status}")


def payload(event: Event) -> bytes:
    """Return what is POSTed."""
    data = {"sequence": event.sequence, "run_id": event.run_id, "task_id": event.task_id, "by": event.by}
    body = {"type": event.kind, "timestamp": event.at, "data": {**data, "body": json.loads(event.body)}}
    return json.dumps(body, separators=(",", ":")).encode()


def headers(key: bytes, event: Event, now: int, body: bytes) -> dict[str, str]:
    """Return the headers that let the receiver know who has sent it, and whether it has seen it before."""
    identifier = f"msg_{event.hash[:32]}"
    signed = hmac.new(key, f"{identifier}.{now}.".encode() + body, hashlib.sha256).digest()
    return {
        "content-type": "application/json",
        "webhook-id": identifier,
        "webhook-timestamp": str(now),
        "webhook-signature": "v1," + base64.b64encode(signed).decode(),
    }
