"""Commands that are sent again with the same Idempotency-Key: carried out once, and answered alike.

What was answered is kept in the store, so that it is known after a restart and to every process of the store. A
command whose outcome nobody knows, since the system ended in the middle of it, is not carried out again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import trio

from mosaic_hookspecs.context import Context
from mosaic_hookspecs.errors import InputError, Refused

from .answers import Answer, json_bytes

_ANSWERS = "http.answers"
_MOST_KEY = 255
_LAST_GOOD = 500
_PRUNE_EVERY = 256
_SECONDS = 5.0
Carry = Callable[[], Awaitable[Answer]]


class KeptAnswers:
    """The answers to commands with a key."""

    def __init__(self, context: Context, seconds: float) -> None:
        self._context = context
        self._seconds = seconds
        self._running: set[str] = set()
        self._count = 0

    async def once(self, key: str, who: str, operation: str, data: Mapping[str, Any], carry: Carry) -> Answer:
        """Carry out, or return what was answered before.

        Raises:
            InputError: the key is none (code ``bad-key``), or was used for something else (code
                ``key-used-otherwise``).
            Refused: the first with this key is still at work (code ``still-running``), or nobody knows what
                became of it (code ``outcome-unknown``).
        """
        if not key.isprintable() or len(key) > _MOST_KEY:
            raise InputError(
                "bad-key",
                "the key cannot be used",
                where="Idempotency-Key",
                expected=f"up to {_MOST_KEY} letters that can be printed",
            )
        name = hashlib.sha256(f"{who}\x1f{key}".encode()).hexdigest()
        print_of = hashlib.sha256(json_bytes([operation, data])).hexdigest()
        if name in self._running:
            raise _running()
        self._running.add(name)
        try:
            kept = await self._begin(name, print_of)
            if kept is not None:
                return kept
            return await self._carried_out(name, print_of, carry)
        finally:
            self._running.discard(name)

    async def _begin(self, name: str, print_of: str) -> Answer | None:
        store, now = self._context.port("storage").get(), self._context.clock.now()
        known = await store.get_document(_ANSWERS, name)
        version = 0
        if known is not None:
            if known.body["at"] + self._seconds * 1000 >= now:
                return _again(known.body, print_of)
            version = known.version
        begun = {"at": now, "print": print_of, "status": 0}
        try:
            await store.put_document(_ANSWERS, name, begun, expected=version)
        except Refused as error:
            if error.code == "version-conflict":
                raise _running() from None  # another process was first
            raise
        return None

    async def _carried_out(self, name: str, print_of: str, carry: Carry) -> Answer:
        store = self._context.port("storage").get()
        answer: Answer | None = None
        try:
            answer = await carry()
        finally:
            if answer is None or answer.status >= _LAST_GOOD:
                # It was not carried out to its end, so it may be sent again.
                with trio.CancelScope(shield=True, deadline=trio.current_time() + _SECONDS):
                    await store.delete_document(_ANSWERS, name)
        if answer.status < _LAST_GOOD:
            body = {
                "at": self._context.clock.now(),
                "print": print_of,
                "status": answer.status,
                "media_type": answer.media_type,
                "headers": [list(pair) for pair in answer.headers],
                "body": answer.body.decode(),
            }
            with trio.CancelScope(shield=True, deadline=trio.current_time() + _SECONDS):
                await store.put_document(_ANSWERS, name, body)
        self._count += 1
        if self._count % _PRUNE_EVERY == 1:
            await self._prune()
        return answer

    async def _prune(self) -> None:
        store, after = self._context.port("storage").get(), ""
        oldest = self._context.clock.now() - self._seconds * 1000
        while found := await store.documents(_ANSWERS, after=after):
            after = found[-1].key
            for document in found:
                if document.body["at"] < oldest:
                    await store.delete_document(_ANSWERS, document.key)


def _again(known: Mapping[str, Any], print_of: str) -> Answer:
    if known["print"] != print_of:
        raise InputError(
            "key-used-otherwise",
            "this key was sent with another command",
            where="Idempotency-Key",
            hint="Take a new key for each command.",
        )
    if not known["status"]:
        raise Refused(
            "outcome-unknown",
            "a command with this key was begun, and nobody knows what became of it",
            where="Idempotency-Key",
            hint="Look whether it was done; if not, send it with another key.",
        )
    headers = tuple((str(name), str(value)) for name, value in known["headers"])
    kept = Answer(
        status=known["status"], body=known["body"].encode(), media_type=known["media_type"], headers=headers
    )
    return kept.with_headers(("Idempotency-Replayed", "true"))


def _running() -> Refused:
    return Refused(
        "still-running",
        "a command with this key is still at work",
        where="Idempotency-Key",
        hint="Wait, and send it again: then it is answered as the first one was.",
    )
